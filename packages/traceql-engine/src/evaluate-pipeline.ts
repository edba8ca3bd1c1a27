/** Pipeline stages: from spansets to spansets (spec §7). */
import type { FieldExpression, Static } from '@tempo-ts/traceql';
import { aggregateSets } from './aggregate-spansets.ts';
import type { BatchView } from './batch-view.ts';
import type { CompiledStage } from './compile-pipeline.ts';
import { evaluateSpanset } from './evaluate-spanset.ts';
import { valueEvaluator } from './evaluate-value.ts';
import type { Row } from './read-field.ts';
import { joinSets, keepSets, keepSpans, splitSets, type Spansets } from './spansets.ts';
import { compareStatics, staticKey } from './static-values.ts';

/** The spansets that come out of the last stage. */
export function evaluatePipeline(
  view: BatchView,
  sets: Spansets,
  stages: readonly CompiledStage[],
): Spansets {
  return stages.reduce((found, stage) => evaluateStage(view, found, stage), sets);
}

function evaluateStage(view: BatchView, sets: Spansets, stage: CompiledStage): Spansets {
  switch (stage.kind) {
    case 'filter':
    case 'operation':
      return keepSpans(sets, evaluateSpanset(view, sets, stage));
    case 'pipeline':
      return evaluatePipeline(view, sets, stage.stages);
    case 'scalar-filter':
      return filterByScalar(view, sets, stage);
    case 'group':
      return groupSpans(view, sets, stage.key, stage.expression);
    case 'coalesce':
      return joinSets(view, sets);
    case 'select':
      return sets;
  }
}

/** Spansets without a value for the aggregate are dropped. */
function filterByScalar(
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
function groupSpans(
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
