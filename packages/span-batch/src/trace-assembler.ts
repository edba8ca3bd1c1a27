/**
 * Makes one trace of its pieces: which spans it has, in which order, under which resources and scopes.
 *
 * - A span is known by the first 8 bytes of its id and its kind. Of a span that several pieces have,
 *   the first is kept. A piece may itself have such a span n times: then n are kept.
 * - Spans of a trace that came in one piece, or in equal ones, keep their order. Otherwise they are
 *   ordered by start and id.
 * - Entries of equal resources become one, then those of equal scopes below it (Tempo's re-batching);
 *   entries stand in the order of their first span. Equal means all but the dropped count, of which the
 *   largest is kept.
 *
 * All of it works on numbers in scratch arrays that are used again for the next trace.
 */
import type { ContentTable } from './content-table.ts';
import { EntryGroups } from './entry-groups.ts';
import { GrowableInt32 } from './growable-columns.ts';
import { compareUint64 } from './int64.ts';
import { RowSelectionBuilder } from './row-selection.ts';
import type { SpanBatch } from './span-batch.ts';
import { SpanIdentities, idWord } from './span-identities.ts';
import { stableSort } from './stable-sort.ts';
import { compareBytes } from './string-dictionary.ts';

const WORD = 2 ** 32;

/** Rows of the inputs that are pieces: piece `p` is row `rows[p]` of input `inputs[p]`. */
export interface Pieces {
  readonly inputs: Int32Array;
  readonly rows: Int32Array;
}

export class TraceAssembler {
  readonly spans = new RowSelectionBuilder();
  /** Trace → resource entries → scope entries → spans, as in a span batch. */
  readonly resourceOffsets = new GrowableInt32();
  readonly entryResources = new GrowableInt32();
  readonly scopeOffsets = new GrowableInt32();
  readonly entryScopes = new GrowableInt32();
  readonly spanOffsets = new GrowableInt32();
  readonly #batches: readonly SpanBatch[];
  readonly #resources: ContentTable;
  readonly #scopes: ContentTable;
  readonly #identities = new SpanIdentities();
  readonly #groups = new EntryGroups();
  readonly #scopeGroups = new EntryGroups();
  readonly #compareTies = (a: number, b: number): number => this.#compareSpans(a, b);
  /** The spans of the trace: where each comes from, and the new rows of its resource and scope. */
  #spanInputs = new Int32Array(64);
  #spanRows = new Int32Array(64);
  #spanPieces = new Int32Array(64);
  #spanResources = new Int32Array(64);
  #spanScopes = new Int32Array(64);
  /** Of spans of several pieces: the first 8 bytes of the id as big-endian words, kind, start. */
  #idHighs = new Int32Array(64);
  #idLows = new Int32Array(64);
  #kinds = new Int32Array(64);
  #startLows = new Int32Array(64);
  #startHighs = new Int32Array(64);
  #order = new Int32Array(64);
  #keys = new Float64Array(64);
  #spanCount = 0;

  constructor(batches: readonly SpanBatch[], resources: ContentTable, scopes: ContentTable) {
    this.#batches = batches;
    this.#resources = resources;
    this.#scopes = scopes;
    this.resourceOffsets.push(0);
    this.scopeOffsets.push(0);
    this.spanOffsets.push(0);
  }

  /** Appends the trace whose pieces are `start … end - 1`; true if it was made of different pieces. */
  append(pieces: Pieces, start: number, end: number): boolean {
    let isMerged = false;
    if (end - start > 1 || !this.#appendAsItIs(pieces.inputs[start]!, pieces.rows[start]!)) {
      this.#spanCount = 0;
      for (let piece = start; piece < end; piece++)
        this.#load(pieces.inputs[piece]!, pieces.rows[piece]!, piece);
      if (end - start > 1) this.#loadIdentities();
      if (this.#resources.hasVariants || this.#scopes.hasVariants) this.#levelDroppedCounts();
      isMerged = end - start > 1 && !this.#keepFirstOfEqual(end - start);
      for (let i = 0; i < this.#spanCount; i++) this.#order[i] = i;
      if (isMerged) {
        this.#dropKnown();
        this.#sort();
      }
      this.#appendEntries();
    }
    this.resourceOffsets.push(this.entryResources.length);
    return isMerged;
  }

  /** Copies the entries of a piece unless some of them have to become one. */
  #appendAsItIs(input: number, row: number): boolean {
    const { traces, resourceEntries, scopeEntries } = this.#batches[input]!;
    const entriesStart = traces.resourceOffsets[row]!;
    const entriesEnd = traces.resourceOffsets[row + 1]!;
    const { entryResources, scopeOffsets, entryScopes, spanOffsets } = this;
    const entriesBefore = entryResources.length;
    const scopesBefore = entryScopes.length;
    const spanShift = this.spans.count - spanStart(this.#batches[input]!, row);
    this.#groups.clear();
    for (let entry = entriesStart; entry < entriesEnd; entry++) {
      const resource = this.#resources.rowOf(input, resourceEntries.resources[entry]!);
      let isPlain = this.#groups.add(this.#resources.contentOf(resource));
      this.#scopeGroups.clear();
      const scopesEnd = resourceEntries.scopeOffsets[entry + 1]!;
      for (let at = resourceEntries.scopeOffsets[entry]!; at < scopesEnd && isPlain; at++) {
        const scope = this.#scopes.rowOf(input, scopeEntries.scopes[at]!);
        isPlain =
          scopeEntries.spanOffsets[at + 1]! > scopeEntries.spanOffsets[at]! &&
          this.#scopeGroups.add(this.#scopes.contentOf(scope));
        entryScopes.push(scope);
        spanOffsets.push(scopeEntries.spanOffsets[at + 1]! + spanShift);
      }
      if (!isPlain || scopesEnd === resourceEntries.scopeOffsets[entry]!) {
        entryResources.length = entriesBefore;
        scopeOffsets.length = entriesBefore + 1;
        entryScopes.length = scopesBefore;
        spanOffsets.length = scopesBefore + 1;
        return false;
      }
      entryResources.push(resource);
      scopeOffsets.push(entryScopes.length);
    }
    this.spans.pushRange(
      input,
      spanStart(this.#batches[input]!, row),
      spanStart(this.#batches[input]!, row + 1),
    );
    return true;
  }

  /** Takes the spans of a piece into the scratch arrays. */
  #load(input: number, row: number, piece: number): void {
    const batch = this.#batches[input]!;
    const { traces, resourceEntries, scopeEntries } = batch;
    this.#reserve(this.#spanCount + spanStart(batch, row + 1) - spanStart(batch, row));
    let count = this.#spanCount;
    const entriesEnd = traces.resourceOffsets[row + 1]!;
    for (let entry = traces.resourceOffsets[row]!; entry < entriesEnd; entry++) {
      const resource = this.#resources.rowOf(input, resourceEntries.resources[entry]!);
      const scopesEnd = resourceEntries.scopeOffsets[entry + 1]!;
      for (let at = resourceEntries.scopeOffsets[entry]!; at < scopesEnd; at++) {
        const scope = this.#scopes.rowOf(input, scopeEntries.scopes[at]!);
        const spansEnd = scopeEntries.spanOffsets[at + 1]!;
        for (let span = scopeEntries.spanOffsets[at]!; span < spansEnd; span++) {
          this.#spanInputs[count] = input;
          this.#spanRows[count] = span;
          this.#spanPieces[count] = piece;
          this.#spanResources[count] = resource;
          this.#spanScopes[count] = scope;
          count += 1;
        }
      }
    }
    this.#spanCount = count;
  }

  /** Takes what spans are known and ordered by into the scratch arrays. */
  #loadIdentities(): void {
    let i = 0;
    while (i < this.#spanCount) {
      const input = this.#spanInputs[i]!;
      const { ids, kinds, startUnixNanos } = this.#batches[input]!.spans;
      const { bytes, offsets } = ids;
      const words = startUnixNanos.words;
      for (; i < this.#spanCount && this.#spanInputs[i] === input; i++) {
        const row = this.#spanRows[i]!;
        const start = offsets[row]!;
        const end = offsets[row + 1]!;
        this.#idHighs[i] = idWord(bytes, start, end, 0);
        this.#idLows[i] = idWord(bytes, start, end, 4);
        this.#kinds[i] = kinds[row]!;
        this.#startLows[i] = words[row * 2]!;
        this.#startHighs[i] = words[row * 2 + 1]!;
      }
    }
  }

  /** Gives spans of equal resources, and of equal scopes below them, the row that dropped most. */
  #levelDroppedCounts(): void {
    const resources = new Map<number, number>();
    const scopes = new Map<string, number>();
    const scopeKey = (i: number): string =>
      `${this.#resources.contentOf(this.#spanResources[i]!)} ${this.#scopes.contentOf(this.#spanScopes[i]!)}`;
    for (let i = 0; i < this.#spanCount; i++) {
      const resource = this.#spanResources[i]!;
      const content = this.#resources.contentOf(resource);
      resources.set(
        content,
        this.#resources.largerOf(resources.get(content) ?? resource, resource),
      );
      const scope = this.#spanScopes[i]!;
      scopes.set(scopeKey(i), this.#scopes.largerOf(scopes.get(scopeKey(i)) ?? scope, scope));
    }
    for (let i = 0; i < this.#spanCount; i++) {
      this.#spanScopes[i] = scopes.get(scopeKey(i))!;
      this.#spanResources[i] = resources.get(this.#resources.contentOf(this.#spanResources[i]!))!;
    }
  }

  /**
   * If all loaded pieces have the same spans in the same order, keeps those of the first. The order is
   * that after equal entries became one, so that it makes no difference which pieces were assembled
   * before.
   */
  #keepFirstOfEqual(pieceCount: number): boolean {
    const length = this.#spanCount / pieceCount;
    if (!Number.isInteger(length)) return false;
    for (let i = 0; i < this.#spanCount; i++)
      if (this.#spanPieces[i] !== this.#spanPieces[i - (i % length)]) return false;
    for (let start = 0; start < this.#spanCount; start += length) this.#regroup(start, length);
    const order = this.#order;
    for (let i = length; i < this.#spanCount; i++) {
      const own = order[i]!;
      const first = order[i % length]!;
      if (this.#kinds[own] !== this.#kinds[first]) return false;
      if (this.#compareIds(own, first) !== 0) return false;
    }
    this.#spanCount = length;
    return true;
  }

  /** Puts the spans `start … start + length - 1` into `#order`, those of equal entries together. */
  #regroup(start: number, length: number): void {
    const groups = this.#groups;
    const scopeGroups = this.#scopeGroups;
    let at = start;
    groups.clear();
    for (let span = start; span < start + length; span++)
      groups.put(this.#resources.contentOf(this.#spanResources[span]!), 0, span);
    for (let group = 0; group < groups.count; group++) {
      scopeGroups.clear();
      for (let span = groups.firstOf(group); span >= 0; span = groups.next(span))
        scopeGroups.put(this.#scopes.contentOf(this.#spanScopes[span]!), 0, span);
      for (let scope = 0; scope < scopeGroups.count; scope++)
        for (let span = scopeGroups.firstOf(scope); span >= 0; span = scopeGroups.next(span))
          this.#order[at++] = span;
    }
  }

  /** Leaves the spans in `#order` that no piece in front of theirs has. */
  #dropKnown(): void {
    this.#identities.reset(this.#spanCount);
    let kept = 0;
    for (let i = 0; i < this.#spanCount; i++)
      if (
        this.#identities.isNew(
          this.#idLows[i]!,
          this.#idHighs[i]!,
          this.#kinds[i]!,
          this.#spanPieces[i]!,
        )
      )
        this.#order[kept++] = i;
    this.#spanCount = kept;
  }

  #sort(): void {
    const order = this.#order;
    const count = this.#spanCount;
    let minLow = -1;
    let minHigh = -1;
    for (let i = 0; i < count; i++) {
      const low = this.#startLows[order[i]!]!;
      const high = this.#startHighs[order[i]!]!;
      if (compareUint64(low, high, minLow, minHigh) < 0) {
        minLow = low;
        minHigh = high;
      }
    }
    for (let i = 0; i < count; i++) {
      const span = order[i]!;
      // Rounding beyond 2^53 keeps the order; what it makes equal is compared exactly.
      this.#keys[span] =
        ((this.#startHighs[span]! >>> 0) - (minHigh >>> 0)) * WORD +
        (this.#startLows[span]! >>> 0) -
        (minLow >>> 0);
    }
    stableSort(order, count, this.#keys, this.#compareTies);
  }

  #compareSpans(a: number, b: number): number {
    return (
      compareUint64(
        this.#startLows[a]!,
        this.#startHighs[a]!,
        this.#startLows[b]!,
        this.#startHighs[b]!,
      ) ||
      this.#compareIds(a, b) ||
      this.#kinds[a]! - this.#kinds[b]!
    );
  }

  #compareIds(a: number, b: number): number {
    return (
      (this.#idHighs[a]! >>> 0) - (this.#idHighs[b]! >>> 0) ||
      (this.#idLows[a]! >>> 0) - (this.#idLows[b]! >>> 0) ||
      // Ids that are not 8 bytes long may still differ.
      compareIds(
        this.#batches[this.#spanInputs[a]!]!.spans.ids,
        this.#spanRows[a]!,
        this.#batches[this.#spanInputs[b]!]!.spans.ids,
        this.#spanRows[b]!,
      )
    );
  }

  /** Appends the spans in `#order`, grouped by the content of their resource, then of their scope. */
  #appendEntries(): void {
    const order = this.#order;
    const groups = this.#groups;
    const scopeGroups = this.#scopeGroups;
    groups.clear();
    for (let i = 0; i < this.#spanCount; i++) {
      const span = order[i]!;
      const resource = this.#spanResources[span]!;
      groups.put(this.#resources.contentOf(resource), resource, span);
    }
    for (let group = 0; group < groups.count; group++) {
      scopeGroups.clear();
      for (let span = groups.firstOf(group); span >= 0; span = groups.next(span)) {
        const scope = this.#spanScopes[span]!;
        scopeGroups.put(this.#scopes.contentOf(scope), scope, span);
      }
      for (let scope = 0; scope < scopeGroups.count; scope++) {
        for (let span = scopeGroups.firstOf(scope); span >= 0; span = scopeGroups.next(span))
          this.spans.push(this.#spanInputs[span]!, this.#spanRows[span]!);
        this.entryScopes.push(scopeGroups.rowOf(scope));
        this.spanOffsets.push(this.spans.count);
      }
      this.entryResources.push(groups.rowOf(group));
      this.scopeOffsets.push(this.entryScopes.length);
    }
  }

  #reserve(count: number): void {
    if (count <= this.#spanInputs.length) return;
    const capacity = Math.max(count, this.#spanInputs.length * 2);
    this.#spanInputs = grow(this.#spanInputs, capacity);
    this.#spanRows = grow(this.#spanRows, capacity);
    this.#spanPieces = grow(this.#spanPieces, capacity);
    this.#spanResources = grow(this.#spanResources, capacity);
    this.#spanScopes = grow(this.#spanScopes, capacity);
    this.#idHighs = new Int32Array(capacity);
    this.#idLows = new Int32Array(capacity);
    this.#kinds = new Int32Array(capacity);
    this.#startLows = new Int32Array(capacity);
    this.#startHighs = new Int32Array(capacity);
    this.#order = new Int32Array(capacity);
    this.#keys = new Float64Array(capacity);
  }
}

/** Row of the first span of trace `row`. */
function spanStart({ traces, resourceEntries, scopeEntries }: SpanBatch, row: number): number {
  return scopeEntries.spanOffsets[resourceEntries.scopeOffsets[traces.resourceOffsets[row]!]!]!;
}

function compareIds(
  a: SpanBatch['spans']['ids'],
  aRow: number,
  b: SpanBatch['spans']['ids'],
  bRow: number,
): number {
  return compareBytes(
    a.bytes,
    a.offsets[aRow]!,
    a.offsets[aRow + 1]!,
    b.bytes,
    b.offsets[bRow]!,
    b.offsets[bRow + 1]!,
  );
}

function grow(array: Int32Array<ArrayBuffer>, capacity: number): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(capacity);
  grown.set(array);
  return grown;
}
