/**
 * Builds a span batch from serialized traces: every span is decoded once, straight into columns, with
 * no object or string per span or attribute. A call appends one row, a piece of a trace, in order of
 * arrival; `assembleTraces` later makes one row of the pieces of a trace.
 *
 * Rows keep the rules of the vParquet4 row (what goes into which column, what is not stored: schema
 * URLs, flags, the trace id of each span). Resources and scopes of equal content are one row each.
 */
import { InvalidOtlpError, WireReader } from '@tempo-ts/otlp';
import { BatchDictionaries } from './batch-dictionaries.ts';
import type { DedicatedColumn } from './dedicated-column.ts';
import { SpanBatchError } from './errors.ts';
import { GrowableInt32, GrowableInt64, GrowableUint8 } from './growable-columns.ts';
import { compareUint64 } from './int64.ts';
import { MessageHeader } from './message-header.ts';
import { ResourceTableBuilder } from './resource-table-builder.ts';
import { ScopeTableBuilder } from './scope-table-builder.ts';
import { sharedInt32Array } from './shared-memory.ts';
import { ABSENT } from './span-batch.ts';
import type { ServiceStatsTable, SpanBatch, StringColumn } from './span-batch.ts';
import { SpanTableBuilder } from './span-table-builder.ts';
import { EMPTY_DICTIONARY } from './string-dictionary.ts';
import { trimBatch } from './trimmed-batch.ts';

const TRACE_ID_BYTES = 16;

export interface SpanBatchBuilderOptions {
  /** As configured; only those vParquet4 has room for are used. */
  readonly dedicatedColumns: readonly DedicatedColumn[];
  /**
   * Dictionaries shared with the other batches of a head, made with the same dedicated columns. All
   * builders that share them must live in one thread.
   */
  readonly dictionaries?: BatchDictionaries;
}

export class SpanBatchBuilder {
  readonly dictionaries: BatchDictionaries;
  readonly #traceIds = new GrowableUint8();
  readonly #traceStarts = new GrowableInt64();
  readonly #traceEnds = new GrowableInt64();
  readonly #resourceOffsets = new GrowableInt32();
  readonly #entryResources = new GrowableInt32();
  readonly #scopeOffsets = new GrowableInt32();
  readonly #entryScopes = new GrowableInt32();
  readonly #spanOffsets = new GrowableInt32();
  readonly #spanTraces = new GrowableInt32();
  readonly #spanResources = new GrowableInt32();
  readonly #spanScopes = new GrowableInt32();
  readonly #resources: ResourceTableBuilder;
  readonly #scopes: ScopeTableBuilder;
  readonly #spans: SpanTableBuilder;
  readonly #reader = new WireReader();
  readonly #header = new MessageHeader();
  #traceCount = 0;
  /** Runs of ABSENT and of zeros for the columns that only assembled batches fill. */
  #absent: Int32Array = sharedInt32Array(0);
  #zeros: Int32Array = sharedInt32Array(1);
  /** Smallest start but 0, and largest end, of the row being appended. */
  #startLow = 0;
  #startHigh = 0;
  #endLow = 0;
  #endHigh = 0;

  constructor(options: SpanBatchBuilderOptions) {
    this.dictionaries = options.dictionaries ?? new BatchDictionaries(options);
    this.#resources = new ResourceTableBuilder(this.dictionaries);
    this.#scopes = new ScopeTableBuilder(this.dictionaries);
    this.#spans = new SpanTableBuilder(this.dictionaries);
    this.#resourceOffsets.push(0);
    this.#scopeOffsets.push(0);
    this.#spanOffsets.push(0);
  }

  /** Rows so far. */
  get traceCount(): number {
    return this.#traceCount;
  }

  get spanCount(): number {
    return this.#spans.count;
  }

  /** Memory in use by the columns, without the dictionaries, which may be shared. */
  get columnBytes(): number {
    return (
      this.#traceCount * (TRACE_ID_BYTES + 20) +
      (this.#entryResources.length + this.#entryScopes.length) * 8 +
      this.#spanTraces.length * 12 +
      this.#resources.approximateBytes +
      this.#scopes.approximateBytes +
      this.#spans.approximateBytes
    );
  }

  /** Memory in use by the columns and the dictionaries. */
  get approximateBytes(): number {
    return this.columnBytes + this.dictionaries.approximateBytes;
  }

  /**
   * Appends the serialized Trace (OTLP TracesData of one trace id) `bytes[start … end)` as one row.
   * Nothing of `bytes` is kept, though it is referenced until the next call. Returns the number of spans; for a trace without spans no row is made.
   *
   * Throws SpanBatchError, and leaves the batch as it was, when the bytes are malformed, the id is not
   * 16 bytes long, or a column cannot grow further.
   */
  appendTrace(traceId: Uint8Array, bytes: Uint8Array, start = 0, end = bytes.length): number {
    if (traceId.length !== TRACE_ID_BYTES)
      throw new SpanBatchError(
        'invalid_trace_id',
        `trace id of ${traceId.length} bytes, ${TRACE_ID_BYTES} expected`,
      );
    const spansBefore = this.#spans.count;
    this.#spans.mark();
    try {
      this.#shredTrace(bytes, start, end);
    } catch (error) {
      this.#rollback(spansBefore);
      if (error instanceof InvalidOtlpError)
        throw new SpanBatchError('malformed_trace', error.message, { cause: error });
      throw error;
    }
    const spanCount = this.#spans.count - spansBefore;
    if (spanCount === 0) return 0;
    this.#traceIds.append(traceId, 0, TRACE_ID_BYTES);
    this.#traceStarts.push(this.#startLow, this.#startHigh);
    this.#traceEnds.push(this.#endLow, this.#endHigh);
    this.#resourceOffsets.push(this.#entryResources.length);
    this.#traceCount += 1;
    return spanCount;
  }

  /**
   * The batch as it is now. It stays as it is while more is appended, and lies in shared memory, so
   * that it can be posted to another thread.
   */
  view(): SpanBatch {
    const absent = this.#absentRoots();
    return {
      isAssembled: false,
      traces: {
        count: this.#traceCount,
        ids: this.#traceIds.view(),
        startUnixNanos: this.#traceStarts.view(),
        endUnixNanos: this.#traceEnds.view(),
        rootServiceNames: absent,
        rootSpanNames: absent,
        serviceStats: this.#noServiceStats(),
        resourceOffsets: this.#resourceOffsets.view(),
      },
      resourceEntries: {
        count: this.#entryResources.length,
        resources: this.#entryResources.view(),
        scopeOffsets: this.#scopeOffsets.view(),
      },
      scopeEntries: {
        count: this.#entryScopes.length,
        scopes: this.#entryScopes.view(),
        spanOffsets: this.#spanOffsets.view(),
      },
      resources: this.#resources.view(),
      scopes: this.#scopes.view(),
      spans: this.#spans.view(),
      events: this.#spans.events.view(),
      links: this.#spans.links.view(),
      spanTraces: this.#spanTraces.view(),
      spanResources: this.#spanResources.view(),
      spanScopes: this.#spanScopes.view(),
    };
  }

  /**
   * The batch in memory of just its size, for when no more is to come: columns have room to grow, a
   * third of their size on average. Views handed out earlier keep the memory they have.
   */
  finish(): SpanBatch {
    return trimBatch(this.view());
  }

  #shredTrace(bytes: Uint8Array, start: number, end: number): void {
    const reader = this.#reader;
    this.#startLow = this.#startHigh = this.#endLow = this.#endHigh = 0;
    reader.reset(bytes, 'Trace', start, end);
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag === 0x0a) {
        const outer = reader.enter('ResourceSpans');
        this.#shredResourceSpans();
        reader.leave(outer, 'Trace');
      } else reader.skip(tag);
    }
  }

  #shredResourceSpans(): void {
    const reader = this.#reader;
    const start = reader.position;
    const end = reader.limit;
    const header = this.#header;
    header.find(reader);
    const resource = this.#resources.rowOf(header.source, header.start, header.end);
    const scopesBefore = this.#entryScopes.length;
    reader.position = start;
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag === 0x12) {
        const outer = reader.enter('ScopeSpans');
        this.#shredScopeSpans(resource);
        reader.leave(outer, 'ResourceSpans');
      } else reader.skip(tag);
    }
    if (this.#entryScopes.length === scopesBefore) return;
    this.#entryResources.push(resource);
    this.#scopeOffsets.push(this.#entryScopes.length);
  }

  #shredScopeSpans(resource: number): void {
    const reader = this.#reader;
    const start = reader.position;
    const end = reader.limit;
    const header = this.#header;
    header.find(reader);
    const scope = this.#scopes.rowOf(header.source, header.start, header.end);
    const spansBefore = this.#spans.count;
    reader.position = start;
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag === 0x12) {
        const outer = reader.enter('Span');
        this.#spans.shred(reader);
        reader.leave(outer, 'ScopeSpans');
        this.#spanTraces.push(this.#traceCount);
        this.#spanResources.push(resource);
        this.#spanScopes.push(scope);
        this.#extendTimes();
      } else reader.skip(tag);
    }
    if (this.#spans.count === spansBefore) return;
    this.#entryScopes.push(scope);
    this.#spanOffsets.push(this.#spans.count);
  }

  /** Takes the span shredded last into the times of the row. */
  #extendTimes(): void {
    const { startLow, startHigh, endLow, endHigh } = this.#spans.fields;
    const isUnset = (this.#startLow | this.#startHigh) === 0;
    if (
      (startLow | startHigh) !== 0 &&
      (isUnset || compareUint64(startLow, startHigh, this.#startLow, this.#startHigh) < 0)
    ) {
      this.#startLow = startLow;
      this.#startHigh = startHigh;
    }
    if (compareUint64(endLow, endHigh, this.#endLow, this.#endHigh) > 0) {
      this.#endLow = endLow;
      this.#endHigh = endHigh;
    }
  }

  /** Takes back a row begun when there were `spanCount` spans. */
  #rollback(spanCount: number): void {
    this.#spans.rollback(spanCount);
    this.#spanTraces.length = spanCount;
    this.#spanResources.length = spanCount;
    this.#spanScopes.length = spanCount;
    this.#entryResources.length = this.#resourceOffsets.array[this.#traceCount]!;
    this.#scopeOffsets.length = this.#entryResources.length + 1;
    this.#entryScopes.length = this.#scopeOffsets.array[this.#entryResources.length]!;
    this.#spanOffsets.length = this.#entryScopes.length + 1;
  }

  #absentRoots(): StringColumn {
    if (this.#absent.length < this.#traceCount)
      this.#absent = sharedInt32Array(this.#traceCount * 2).fill(ABSENT);
    return { dictionary: EMPTY_DICTIONARY, codes: this.#absent.subarray(0, this.#traceCount) };
  }

  #noServiceStats(): ServiceStatsTable {
    if (this.#zeros.length <= this.#traceCount)
      this.#zeros = sharedInt32Array((this.#traceCount + 1) * 2);
    const none = this.#zeros.subarray(0, 0);
    return {
      offsets: this.#zeros.subarray(0, this.#traceCount + 1),
      services: { dictionary: EMPTY_DICTIONARY, codes: none },
      spanCounts: none,
      errorCounts: none,
    };
  }
}
