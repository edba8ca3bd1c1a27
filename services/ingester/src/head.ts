/**
 * The recent spans of one tenant, as columns: chunks in order of arrival and an index from trace to
 * rows. Lives in the head worker. Rows are numbered through all chunks.
 *
 * When a head is cut, the rows of live traces go on into the next head and are left out here from
 * that moment on; everything else stays searchable until its block takes over.
 */
import {
  BatchDictionaries,
  SpanBatchBuilder,
  SpanBatchError,
  type DedicatedColumn,
  type SpanBatch,
} from '@tempo-ts/span-batch';
import { forEachPiece } from './push-record.ts';
import { TraceRowIndex } from './trace-row-index.ts';

/** Consecutive rows of a head. */
export interface HeadChunk {
  readonly batch: SpanBatch;
  /** The number of the chunk's first row in the head. */
  readonly firstRow: number;
}

/** What a head held at one moment; stays as it is while the head goes on. */
export interface HeadSnapshot {
  readonly chunks: readonly HeadChunk[];
  readonly index: TraceRowIndex;
  /** Rows and traces beyond these came later. */
  readonly rowCount: number;
  readonly traceCount: number;
  /** One byte per trace: 1 when its rows went on into the next head. */
  readonly carriedOn: Uint8Array | undefined;
}

/** What became of a payload. */
export interface AppendResult {
  readonly unreadablePieces: number;
  readonly reason?: string;
}

export interface HeadOptions {
  readonly headId: number;
  readonly dedicatedColumns: readonly DedicatedColumn[];
  readonly chunkSpans: number;
  /** Makes it hard for senders to choose ids and strings that collide. */
  readonly seed: number;
}

export class Head {
  readonly headId: number;
  readonly #options: HeadOptions;
  readonly #index: TraceRowIndex;
  /** Shared by all chunks. Made with the first row: many tenants have an empty head. */
  #dictionaries: BatchDictionaries | undefined;
  readonly #fullChunks: HeadChunk[] = [];
  #fullChunkBytes = 0;
  #builder: SpanBatchBuilder | undefined;
  #builderFirstRow = 0;
  /** The builder's rows as of the last snapshot. */
  #openChunk: HeadChunk | undefined;
  /** Traces of which rows were carried over from an older head: they are not carried on again. */
  readonly #carriedOver = new Set<number>();
  #carriedOn: Uint8Array | undefined;

  constructor(options: HeadOptions) {
    this.headId = options.headId;
    this.#options = options;
    this.#index = new TraceRowIndex(options.seed);
  }

  /** Memory that its columns and dictionaries take. */
  get memoryBytes(): number {
    const open = this.#builder?.columnBytes ?? 0;
    return this.#fullChunkBytes + open + (this.#dictionaries?.approximateBytes ?? 0);
  }

  /** Appends the pieces of a payload; searchable when it returns. */
  append(payload: Uint8Array, isCarried: boolean): AppendResult {
    let unreadablePieces = 0;
    let reason: string | undefined;
    try {
      forEachPiece(payload, (piece, bytes) => {
        const builder = (this.#builder ??= this.#newBuilder());
        try {
          if (builder.appendTrace(piece.traceId, bytes) === 0) return;
        } catch (error) {
          if (!(error instanceof SpanBatchError)) throw error;
          unreadablePieces += 1;
          reason = error.message;
          return;
        }
        const row = this.#index.add(piece.traceId, 0);
        if (isCarried) this.#carriedOver.add(this.#index.traceOfRow(row));
        if (builder.spanCount >= this.#options.chunkSpans) this.#closeChunk(builder);
      });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      unreadablePieces += 1;
      reason = error.message;
    }
    return reason === undefined ? { unreadablePieces } : { unreadablePieces, reason };
  }

  snapshot(): HeadSnapshot {
    const open = this.#openRows();
    return {
      chunks: open ? [...this.#fullChunks, open] : this.#fullChunks.slice(),
      index: this.#index,
      rowCount: this.#index.rowCount,
      traceCount: this.#index.traceCount,
      carriedOn: this.#carriedOn,
    };
  }

  /** The traces among `ids` (16 bytes each) whose rows may go on into the next head. */
  tracesToCarryOn(ids: Uint8Array): number[] {
    const traces: number[] = [];
    for (let offset = 0; offset < ids.length; offset += 16) {
      const trace = this.#index.find(ids, offset);
      if (trace >= 0 && !this.#carriedOver.has(trace)) traces.push(trace);
    }
    return traces;
  }

  /** From now on the rows of `traces` are left out: they are in the next head. */
  leaveOut(traces: readonly number[]): void {
    const carriedOn = new Uint8Array(this.#index.traceCount);
    for (const trace of traces) carriedOn[trace] = 1;
    this.#carriedOn = carriedOn;
  }

  #openRows(): HeadChunk | undefined {
    const builder = this.#builder;
    if (!builder || builder.traceCount === 0) return undefined;
    if (this.#openChunk?.batch.traces.count !== builder.traceCount)
      this.#openChunk = { batch: builder.view(), firstRow: this.#builderFirstRow };
    return this.#openChunk;
  }

  #closeChunk(builder: SpanBatchBuilder): void {
    this.#fullChunkBytes += builder.columnBytes;
    this.#fullChunks.push({ batch: builder.finish(), firstRow: this.#builderFirstRow });
    this.#builderFirstRow += builder.traceCount;
    this.#openChunk = undefined;
    this.#builder = undefined;
  }

  #newBuilder(): SpanBatchBuilder {
    const { dedicatedColumns, seed } = this.#options;
    this.#dictionaries ??= new BatchDictionaries({ dedicatedColumns, seed });
    return new SpanBatchBuilder({ dedicatedColumns, dictionaries: this.#dictionaries });
  }
}
