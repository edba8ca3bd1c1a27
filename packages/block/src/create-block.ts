/**
 * Writes a vParquet4 block: data.parquet row group by row group, bloom filter, index, and meta.json
 * last, so that a block is seen whole or not at all.
 */
import type { ObjectStore } from '@tempo-ts/object-store';
import {
  ParquetFileWriter,
  type RowGroupEncoder,
  type RowGroupPart,
  type WrittenFile,
} from '@tempo-ts/parquet';
import type { BlockDedicatedColumn, TenantId } from '@tempo-ts/ports';
import { assert } from '@tempo-ts/runtime';
import type { SpanBatch } from '@tempo-ts/span-batch';
import { bloomKey, dataKey, indexKey, metaKey, type BlockPlace } from './block-keys.ts';
import { encodeBlockMeta, vparquet4DedicatedColumns, type BlockMeta } from './block-meta.ts';
import { EmptyBlockError } from './errors.ts';
import { maxRowGroupSpansOf, rowGroupEncoderOf } from './row-group-encoder-of.ts';
import { fillRowGroup, type RowGroupFill, type RowGroupLimits } from './row-groups.ts';
import { buildTraceIdBloom } from './trace-id-bloom.ts';
import { compareIds, encodeTraceIdIndex } from './trace-id-index.ts';
import { batchToColumns, type DedicatedNames } from './vparquet4/batch-to-columns.ts';
import { TRACE_SCHEMA } from './vparquet4/trace-schema.ts';

/** How blocks are written; the first three are keys of `storage.trace.block`. */
export interface BlockWriterConfig {
  /** `bloom_filter_false_positive`. */
  readonly bloomFilterFalsePositive: number;
  /** `bloom_filter_shard_size_bytes`. */
  readonly bloomFilterShardSizeBytes: number;
  /** `parquet_row_group_size_bytes`: estimated bytes of values in a row group. */
  readonly rowGroupSizeBytes: number;
  /** `encoder`: pages of our own making, or those of parquet-wasm by way of Arrow. */
  readonly encoder: 'native' | 'arrow';
  readonly compression: 'snappy' | 'zstd';
  /** From 1, fast, to 19, small. */
  readonly zstdLevel: number;
  /**
   * Native encoder: 1 compresses levels with the values, 2 leaves them out. Absent: what suits the
   * compression, 2 for Snappy, 1 for zstd.
   */
  readonly dataPageVersion?: 1 | 2;
  /**
   * Smaller groups let a trace be found with less reading; larger ones compress better. The Arrow
   * encoder never makes larger ones than 25,000 spans.
   */
  readonly maxRowGroupSpans: number;
  /** Native encoder: traces and spans of one page. */
  readonly maxPageTraces: number;
  readonly maxPageSpans: number;
  /** Arrow encoder: values of one page before compression. */
  readonly pageSizeBytes: number;
}

/** Tempo's defaults, and ours where Tempo has no such key. */
export const DEFAULT_BLOCK_WRITER_CONFIG: BlockWriterConfig = {
  bloomFilterFalsePositive: 0.01,
  bloomFilterShardSizeBytes: 100 * 1024,
  rowGroupSizeBytes: 100_000_000,
  encoder: 'native',
  compression: 'snappy',
  zstdLevel: 1,
  maxRowGroupSpans: 131_072,
  maxPageTraces: 500,
  maxPageSpans: 10_000,
  pageSizeBytes: 128 * 1024,
};

export interface CreateBlockOptions {
  readonly store: ObjectStore;
  readonly tenant: TenantId;
  /** A new lower-case UUID. */
  readonly blockId: string;
  /**
   * Assembled batches; trace ids ascend and are distinct over all of them. Each MUST have exactly the
   * columns that `dedicatedColumns` gives a vParquet4 block. Read one at a time.
   */
  readonly batches: Iterable<SpanBatch> | AsyncIterable<SpanBatch>;
  /** The time range of meta.json. */
  readonly startUnixMs: number;
  readonly endUnixMs: number;
  /** As configured; what vParquet4 cannot hold is left out. */
  readonly dedicatedColumns: readonly BlockDedicatedColumn[];
  readonly compactionLevel?: number;
  readonly replicationFactor?: number;
  readonly config?: BlockWriterConfig;
  /** `<application> version <version>`, kept in the file. */
  readonly createdBy?: string;
  readonly signal?: AbortSignal;
}

/**
 * Writes a block and returns its meta. When it fails, what was already written is deleted as far as
 * the store allows, and readers have seen nothing of it.
 *
 * @throws EmptyBlockError when the batches hold no trace.
 */
export async function createBlock(options: CreateBlockOptions): Promise<BlockMeta> {
  const { store, tenant, blockId } = options;
  const config = options.config ?? DEFAULT_BLOCK_WRITER_CONFIG;
  const dedicatedColumns = vparquet4DedicatedColumns(options.dedicatedColumns);
  const place: BlockPlace = { tenant, blockId };
  const written: string[] = [];
  const put = async (key: string, bytes: Uint8Array) => {
    written.push(key);
    await store.put(key, bytes);
  };
  try {
    written.push(dataKey(place));
    const { file, ids, lastIds } = await writeData(options, place, config, dedicatedColumns);
    const shards = buildTraceIdBloom(ids, {
      falsePositive: config.bloomFilterFalsePositive,
      shardSizeBytes: config.bloomFilterShardSizeBytes,
    });
    for (const [number, shard] of shards.entries()) await put(bloomKey(place, number), shard);
    await put(indexKey(place), encodeTraceIdIndex(lastIds));
    options.signal?.throwIfAborted();
    const meta: BlockMeta = {
      format: 'vParquet4',
      blockId,
      tenant,
      startUnixMs: options.startUnixMs,
      endUnixMs: options.endUnixMs,
      traceCount: file.rowCount,
      sizeBytes: file.sizeBytes,
      compactionLevel: options.compactionLevel ?? 0,
      rowGroupCount: file.rowGroupCount,
      bloomShardCount: shards.length,
      footerSizeBytes: file.footerSizeBytes,
      dedicatedColumns,
      replicationFactor: options.replicationFactor ?? 0,
    };
    await put(metaKey(place), encodeBlockMeta(meta));
    return meta;
  } catch (error) {
    // meta.json first: without it the rest is invisible.
    for (const key of written.toReversed()) await store.delete(key).catch(() => undefined);
    throw error;
  }
}

interface WrittenData {
  readonly file: WrittenFile;
  /** 16 bytes per trace. */
  readonly ids: Uint8Array;
  /** 16 bytes per row group. */
  readonly lastIds: Uint8Array;
}

async function writeData(
  options: CreateBlockOptions,
  place: BlockPlace,
  config: BlockWriterConfig,
  dedicatedColumns: readonly BlockDedicatedColumn[],
): Promise<WrittenData> {
  const object = await options.store.openWriter(dataKey(place));
  try {
    const groups = new RowGroupBuilder({
      encoder: rowGroupEncoderOf(config),
      sink: (bytes) => object.append(bytes),
      createdBy: options.createdBy ?? 'tempo-ts version 0.1.0',
      limits: { maxSpans: maxRowGroupSpansOf(config), maxBytes: config.rowGroupSizeBytes },
      dedicated: {
        resource: namesOf(dedicatedColumns, 'resource'),
        span: namesOf(dedicatedColumns, 'span'),
      },
    });
    for await (const batch of options.batches) {
      options.signal?.throwIfAborted();
      await groups.append(batch);
    }
    const data = await groups.finish();
    if (data.file.rowCount === 0)
      throw new EmptyBlockError(`block ${place.blockId} would hold no trace`);
    await object.commit();
    return data;
  } catch (error) {
    await object.abort();
    throw error;
  }
}

function namesOf(
  columns: readonly BlockDedicatedColumn[],
  scope: 'resource' | 'span',
): readonly string[] {
  return columns.filter((column) => column.scope === scope).map((column) => column.name);
}

/** A row group that is so full ends with its batch. */
const FULL_ENOUGH = 0.75;

/** Collects traces until a row group is full, then encodes and writes it. */
class RowGroupBuilder {
  readonly #writer: ParquetFileWriter;
  readonly #limits: RowGroupLimits;
  readonly #dedicated: DedicatedNames;
  readonly #ids: Uint8Array[] = [];
  readonly #lastIds: Uint8Array[] = [];
  #lastId: Uint8Array | undefined;
  #parts: RowGroupPart[] = [];
  #fill: RowGroupFill = { spanCount: 0, estimatedBytes: 0 };

  constructor(options: {
    readonly encoder: RowGroupEncoder;
    readonly sink: (bytes: Uint8Array) => Promise<void>;
    readonly createdBy: string;
    readonly limits: RowGroupLimits;
    readonly dedicated: DedicatedNames;
  }) {
    const { encoder, sink, createdBy } = options;
    this.#writer = new ParquetFileWriter({ schema: TRACE_SCHEMA, encoder, sink, createdBy });
    this.#limits = options.limits;
    this.#dedicated = options.dedicated;
  }

  async append(batch: SpanBatch): Promise<void> {
    this.#takeIds(batch);
    for (let trace = 0; trace < batch.traces.count;) {
      const slice = fillRowGroup(batch, trace, this.#fill, this.#limits);
      const rowCount = slice.traces.end - slice.traces.start;
      if (rowCount === 0) {
        await this.#flush();
        continue;
      }
      const columns = batchToColumns(batch, slice.traces, this.#dedicated);
      this.#parts.push({ rowCount, columns });
      this.#fill = {
        spanCount: this.#fill.spanCount + slice.spanCount,
        estimatedBytes: this.#fill.estimatedBytes + slice.estimatedBytes,
      };
      trace = slice.traces.end;
      this.#lastId = batch.traces.ids.slice((trace - 1) * 16, trace * 16);
    }
    // A group of one batch needs no copy; a short rest of the next one would not be worth it.
    if (this.#fill.spanCount >= this.#limits.maxSpans * FULL_ENOUGH) await this.#flush();
  }

  async finish(): Promise<WrittenData> {
    if (this.#parts.length > 0) await this.#flush();
    return {
      file: await this.#writer.finish(),
      ids: new Uint8Array(Buffer.concat(this.#ids)),
      lastIds: new Uint8Array(Buffer.concat(this.#lastIds)),
    };
  }

  async #flush(): Promise<void> {
    const parts = this.#parts;
    this.#parts = [];
    this.#fill = { spanCount: 0, estimatedBytes: 0 };
    assert(this.#lastId, 'a row group has a last trace');
    this.#lastIds.push(this.#lastId);
    await this.#writer.writeRowGroup(parts);
  }

  #takeIds(batch: SpanBatch): void {
    const ids = batch.traces.ids.slice(0, batch.traces.count * 16);
    if (this.#lastId && ids.length > 0)
      assert(compareIds(this.#lastId, 0, ids, 0) < 0, 'trace ids ascend from batch to batch');
    for (let at = 16; at < ids.length; at += 16)
      assert(compareIds(ids, at - 16, ids, at) < 0, 'trace ids ascend and are distinct');
    this.#ids.push(ids);
  }
}
