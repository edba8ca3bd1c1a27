/** Spans put together by the fields of `by(...)`: one group number per span, and the labels of each. */
import { printField, type Field } from '@tempo-ts/traceql';
import type { BatchView } from '../batch-view.ts';
import { fieldCodes, type FieldCodes } from './field-codes.ts';
import { seriesLabels, type Labels } from './labels.ts';

export interface SpanGroups {
  /** One number per span that has a bucket; those of other spans mean nothing. */
  readonly groupOf: Int32Array;
  readonly count: number;
  readonly labels: (group: number) => Labels;
}

/** Groups of a batch. Without fields all spans are in one group, which has no label. */
export function spanGroups(
  view: BatchView,
  by: readonly Field[],
  intervals: Int32Array,
): SpanGroups {
  const names = by.map((field) => printField(field));
  const parts = by.map((field) => fieldCodes(view, field, { intervals }));
  const first = parts[0];
  if (!first) return { groupOf: new Int32Array(view.spanCount), count: 1, labels: () => [] };
  if (parts.length === 1)
    return {
      groupOf: first.codes,
      count: first.values.length,
      labels: (group) => seriesLabels(names, [first.values[group]]),
    };
  const { groupOf, codes } = combine(parts, intervals);
  return {
    groupOf,
    count: codes[0]!.length,
    labels: (group) =>
      seriesLabels(
        names,
        parts.map((part, i) => part.values[codes[i]![group]!]),
      ),
  };
}

/** One number per met combination of codes; `codes[i][group]` is the code of part `i`. */
function combine(parts: readonly FieldCodes[], intervals: Int32Array) {
  let groupOf: Int32Array = parts[0]!.codes;
  let codes: number[][] = [Array.from(parts[0]!.values, (_, code) => code)];
  for (const part of parts.slice(1)) {
    const width = part.values.length;
    const known = new PairNumbers(codes[0]!.length * width);
    const next = new Int32Array(groupOf.length);
    const combined: number[][] = [...codes.map(() => []), []];
    for (let span = 0; span < next.length; span += 1) {
      if (intervals[span]! < 0) continue;
      const group = groupOf[span]!;
      const code = part.codes[span]!;
      const pair = group * width + code;
      let number = known.get(pair);
      if (number < 0) {
        number = known.add(pair);
        for (const [i, list] of codes.entries()) combined[i]!.push(list[group]!);
        combined[codes.length]!.push(code);
      }
      next[span] = number;
    }
    groupOf = next;
    codes = combined;
  }
  return { groupOf, codes };
}

/** Pairs up to which their numbers are a list. */
const MAX_LISTED = 1_000_000;

/** Numbers pairs of codes in the order in which they are met. */
class PairNumbers {
  readonly #list: Int32Array | undefined;
  readonly #map = new Map<number, number>();
  #count = 0;

  constructor(pairs: number) {
    this.#list = pairs <= MAX_LISTED ? new Int32Array(pairs).fill(-1) : undefined;
  }

  /** -1 for a pair that was not met. */
  get(pair: number): number {
    return this.#list ? this.#list[pair]! : (this.#map.get(pair) ?? -1);
  }

  add(pair: number): number {
    const number = this.#count;
    this.#count += 1;
    if (this.#list) this.#list[pair] = number;
    else this.#map.set(pair, number);
    return number;
  }
}
