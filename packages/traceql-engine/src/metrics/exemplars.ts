/**
 * Exemplars (spec §9.9): at most one span per trace, spread over time and series. Which ones are
 * taken goes by a hash of the trace id: as good as chance, and the same for the same data.
 */
import type { PartialExemplar } from '@tempo-ts/ports';
import type { BatchView } from '../batch-view.ts';
import { rowKey } from './labels.ts';

/** Exemplars of one series in one slot of time. */
const PER_SLOT = 2;

/** Candidates that are held while more come, per exemplar wanted. */
const HELD = 4;

/** Traces of a batch that are looked at first, per exemplar wanted. */
const VISITED = 16;

export class Exemplars {
  readonly #limit: number;
  readonly #intervals: number;
  readonly #intervalsPerSlot: number;
  #held = new Map<string, PartialExemplar>();

  /** At most `limit` exemplars over `intervals` buckets. */
  constructor(limit: number, intervals: number) {
    this.#limit = limit;
    this.#intervals = intervals;
    const slots = Math.max(1, Math.floor(limit / 2));
    this.#intervalsPerSlot = Math.max(1, intervals / slots);
  }

  get isOff(): boolean {
    return this.#limit === 0;
  }

  /**
   * Of the observed spans of a batch those that are worth building an exemplar of: one per trace, the
   * first of every series and slot of time before the second of any.
   *
   * @param entryOf span → its series, a small whole number.
   */
  choose(view: BatchView, intervals: Int32Array, entryOf: Int32Array): readonly number[] {
    const { ids, count } = view.batch.traces;
    const hashes = new Float64Array(count);
    for (let trace = 0; trace < count; trace += 1)
      hashes[trace] = hashOfBytes(ids, 16 * trace, 16 * trace + 16) * MAX_TRACES + trace;
    const offsets = view.traceSpanOffsets;
    const slots = Math.ceil(this.#intervals / this.#intervalsPerSlot) + 1;
    const candidate = (at: number) => {
      const trace = at % MAX_TRACES;
      const hash = Math.floor(at / MAX_TRACES);
      const span = chosenSpan(intervals, offsets[trace]!, offsets[trace + 1]!, hash);
      if (span < 0) return undefined;
      const slot = Math.floor(intervals[span]! / this.#intervalsPerSlot);
      return { span, key: entryOf[span]! * slots + slot };
    };
    // Of many traces a part is looked at first: it has enough unless few of its spans are observed.
    const part = (VISITED * this.#limit) / count;
    if (part < 0.5) {
      const some = hashes.filter((hash) => hash < part * MAX_HASH * MAX_TRACES);
      const { spans, seen } = this.#firstOfSlots(some.toSorted(), candidate);
      if (seen >= this.#limit) return spans;
    }
    return this.#firstOfSlots(hashes.toSorted(), candidate).spans;
  }

  /** Goes through candidates in the order of their hashes; `seen`: how many had an observed span. */
  #firstOfSlots(
    order: Float64Array,
    candidate: (at: number) => { readonly span: number; readonly key: number } | undefined,
  ): { readonly spans: readonly number[]; readonly seen: number } {
    let seen = 0;
    const wanted = HELD * this.#limit;
    const ranks = new Map<number, number>();
    const firsts: number[] = [];
    const others: number[] = [];
    for (let i = 0; i < order.length && firsts.length < wanted; i += 1) {
      const found = candidate(order[i]!);
      if (!found) continue;
      seen += 1;
      const { span, key } = found;
      const rank = ranks.get(key) ?? 0;
      if (rank >= PER_SLOT) continue;
      ranks.set(key, rank + 1);
      if (rank === 0) firsts.push(span);
      else if (others.length < wanted) others.push(span);
    }
    return { spans: [...firsts, ...others].slice(0, wanted), seen };
  }

  /** Takes an exemplar; of those of one trace the earlier one stays. */
  add(exemplar: PartialExemplar): void {
    if (this.isOff) return;
    const known = this.#held.get(exemplar.traceId);
    if (known && known.unixMs <= exemplar.unixMs) return;
    this.#held.set(exemplar.traceId, exemplar);
    if (this.#held.size > HELD * this.#limit) this.#shrink();
  }

  /** Those that are kept, in order of time. */
  finish(): readonly PartialExemplar[] {
    this.#shrink();
    return [...this.#held.values()].toSorted(
      (a, b) => a.unixMs - b.unixMs || (a.traceId < b.traceId ? -1 : 1),
    );
  }

  #shrink(): void {
    const inOrder = [...this.#held.values()]
      .map((exemplar) => ({ exemplar, hash: hashOf(exemplar.traceId) }))
      .toSorted((a, b) => a.hash - b.hash || (a.exemplar.traceId < b.exemplar.traceId ? -1 : 1));
    const ranks = new Map<string, number>();
    const ranked = inOrder.flatMap(({ exemplar }) => {
      const slot = Math.floor(exemplar.interval / this.#intervalsPerSlot);
      const key = `${slot}|${rowKey(exemplar.row)}`;
      const rank = ranks.get(key) ?? 0;
      ranks.set(key, rank + 1);
      return rank < PER_SLOT ? [{ exemplar, rank }] : [];
    });
    // The first of every series and slot before the second of any; the sort is stable.
    const kept = ranked.toSorted((a, b) => a.rank - b.rank).slice(0, this.#limit);
    this.#held = new Map(kept.map(({ exemplar }) => [exemplar.traceId, exemplar]));
  }
}

/** A hash of 32 bits and the place of a trace in its batch fit into one double. */
const MAX_TRACES = 2 ** 21;

const MAX_HASH = 2 ** 32;

/** One of the observed spans among `start … end - 1`, chosen by a hash; -1 when there is none. */
function chosenSpan(intervals: Int32Array, start: number, end: number, hash: number): number {
  let count = 0;
  for (let span = start; span < end; span += 1) if (intervals[span]! >= 0) count += 1;
  if (count === 0) return -1;
  let rest = hash % count;
  let span = start;
  while (intervals[span]! < 0 || rest > 0) {
    if (intervals[span]! >= 0) rest -= 1;
    span += 1;
  }
  return span;
}

/** FNV-1a over the text. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1)
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}

/** FNV-1a over some bytes. */
function hashOfBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i += 1) hash = Math.imul(hash ^ bytes[i]!, 0x01000193) >>> 0;
  return hash;
}
