/** The stages that look at whole spansets: scalar filters and groups (spec §7). */
import type { FieldExpression, Static } from '@tempo-ts/traceql';
import { aggregateSets } from './aggregate-spansets.ts';
import type { BatchView } from './batch-view.ts';
import type { CompiledStage } from './compile-pipeline.ts';
import { valueEvaluator } from './evaluate-value.ts';
import type { Row } from './read-field.ts';
import { keepSets, splitSets, type Spansets } from './spansets.ts';
import { compareStatics, staticKey } from './static-values.ts';

/** Spansets without a value for the aggregate are dropped. */
export function filterByScalar(
  view: BatchView,
  sets: Spansets,
  stage: Extract<CompiledStage, { kind: 'scalar-filter' }>,
): Spansets {
  const valueOf = aggregateSets(view, sets, stage.aggregate);
  const kept = keepSets(sets, (set) => {
    const value = valueOf(set);
    return value !== undefined && compareStatics(stage.operator, value, stage.literal);
  });
  const attribute = { key: stage.key, value: (set: number) => valueOf(set)! };
  return { ...kept, attributes: [...kept.attributes, attribute] };
}

/** Missing values are a group of their own, shown as the string `nil`. */
export function groupSpans(
  view: BatchView,
  sets: Spansets,
  key: string,
  expression: FieldExpression,
): Spansets {
  const evaluate = valueEvaluator(view, expression);
  const values: Static[] = [];
  const numbers = new Map<string, number>();
  // Readers give the same object for the same dictionary code: no key is built for those twice.
  const numberOfObject = new Map<Static, number>();
  const row: Row = { span: 0, event: -1, link: -1 };
  const keyOf = (span: number) => {
    row.span = span;
    const value = evaluate(row);
    const known = numberOfObject.get(value);
    if (known !== undefined) return known;
    const text = staticKey(value);
    let number = numbers.get(text);
    if (number === undefined) {
      number = values.length;
      numbers.set(text, number);
      values.push(value);
    }
    if (numberOfObject.size < MAX_KNOWN_OBJECTS) numberOfObject.set(value, number);
    return number;
  };
  return splitSets(sets, keyOf, (keyOfSet) => ({
    key,
    value: (set) => {
      const value = values[keyOfSet[set]!]!;
      return value.type === 'nil' ? { type: 'string', value: 'nil' } : value;
    },
  }));
}

/** Values that are made anew for every span would fill the map without ever being met again. */
const MAX_KNOWN_OBJECTS = 65_536;
