/** What results show of a span: the fields of the query that have a value on it (spec §8.3). */
import { printField, type Field, type Static } from '@tempo-ts/traceql';
import type { BatchView } from './batch-view.ts';
import { passesCondition, type Condition } from './condition.ts';
import type { FieldUse } from './query-fields.ts';
import { fieldReader, laneOfField, type Row } from './read-field.ts';
import { arrayElements, arrayOf, isArray, NIL } from './static-values.ts';

/** Found out of place: the span's name has a field of its own, the others are never shown. */
const NOT_ATTRIBUTES: ReadonlySet<string> = new Set([
  'name',
  'duration',
  'traceDuration',
  'rootName',
  'rootServiceName',
  'trace:id',
  'span:id',
]);

export interface ShownFields {
  /** The span's name where the query asks for it, else empty. */
  name(span: number): string;
  attributes(span: number): readonly { readonly key: string; readonly value: Static }[];
}

/** Readers of the shown fields over one batch. */
export function shownFields(view: BatchView, uses: readonly FieldUse[]): ShownFields {
  const nameUse = uses.find(({ field }) => field.kind === 'intrinsic' && field.name === 'name');
  const readName = nameUse && shownReader(view, nameUse);
  const shown = uses
    .filter(({ field }) => field.kind === 'attribute' || !NOT_ATTRIBUTES.has(field.name))
    .map((use) => ({ key: shownKey(use.field), read: shownReader(view, use) }));
  return {
    name(span) {
      const value = readName?.(span) ?? NIL;
      return value.type === 'string' ? value.value : '';
    },
    attributes: (span) =>
      shown
        .map(({ key, read }) => ({ key, value: read(span) }))
        .filter(({ value }) => value.type !== 'nil'),
  };
}

/** Attributes without their scope. */
function shownKey(field: Field): string {
  return field.kind === 'attribute' ? field.name : printField(field);
}

/** Of several events or links, the last one that has something to show. */
function shownReader(view: BatchView, use: FieldUse): (span: number) => Static {
  const read = fieldReader(view, use.field);
  const lane = laneOfField(use.field);
  const missing: Static = use.isMissingShown ? { type: 'string', value: 'nil' } : NIL;
  const row: Row = { span: 0, event: -1, link: -1 };
  if (lane !== 'event' && lane !== 'link')
    return (span) => {
      row.span = span;
      const value = read(row);
      return value.type === 'nil' ? missing : shownValue(use, value);
    };
  const { spans } = view.batch;
  return (span) => {
    const offsets = lane === 'event' ? spans.eventOffsets : spans.linkOffsets;
    let isMissing = false;
    row.span = span;
    for (let i = offsets[span + 1]! - 1; i >= offsets[span]!; i -= 1) {
      row[lane] = i;
      const value = read(row);
      if (value.type === 'nil') isMissing = true;
      const shown = shownValue(use, value);
      if (shown.type !== 'nil') return shown;
    }
    return isMissing ? missing : NIL;
  };
}

/** The value if it passes one of the conditions; of an array, the elements that do. */
function shownValue(use: FieldUse, value: Static): Static {
  if (use.isShown || value.type === 'nil') return value;
  const passes = (part: Static) =>
    use.conditions.some((condition: Condition) => passesCondition(condition, part));
  if (isArray(value)) return arrayOf(arrayElements(value).filter(passes));
  return passes(value) ? value : NIL;
}
