/**
 * Exemplars (spec §9.9): at most one span per trace, spread over time and series. Which ones are
 * taken goes by a hash of the trace id: as good as chance, and the same for the same data.
 */
import type { PartialExemplar } from '@tempo-ts/ports';
import { rowKey } from './labels.ts';

/** Exemplars of one series in one slot of time. */
const PER_SLOT = 2;

/** Candidates that are held while more come, per exemplar wanted. */
const HELD = 4;

export class Exemplars {
  readonly #limit: number;
  readonly #intervalsPerSlot: number;
  #held = new Map<string, PartialExemplar>();

  /** At most `limit` exemplars over `intervals` buckets. */
  constructor(limit: number, intervals: number) {
    this.#limit = limit;
    const slots = Math.max(1, Math.floor(limit / 2));
    this.#intervalsPerSlot = Math.max(1, intervals / slots);
  }

  get isOff(): boolean {
    return this.#limit === 0;
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

/** FNV-1a over the text. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1)
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}

/** FNV-1a over some bytes. */
export function hashOfBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i += 1) hash = Math.imul(hash ^ bytes[i]!, 0x01000193) >>> 0;
  return hash;
}
