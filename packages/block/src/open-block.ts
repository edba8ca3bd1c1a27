/** Opens a stored block for reading: its footer, from the cache if it is there. */
import type { ObjectStore } from '@tempo-ts/object-store';
import {
  CorruptParquetError,
  openParquet,
  readFileMetadata,
  UnsupportedParquetError,
  type ParquetFile,
  type RangeSource,
} from '@tempo-ts/parquet';
import type { BlockRef } from '@tempo-ts/ports';
import type { BlockCache } from './block-cache.ts';
import { dataKey } from './block-keys.ts';
import { CorruptBlockError, UnsupportedBlockFormatError } from './errors.ts';
import { checkTraceSchema } from './vparquet4/check-trace-schema.ts';

/** A block that can be read. */
export interface OpenBlock {
  readonly ref: BlockRef;
  readonly store: ObjectStore;
  readonly cache: BlockCache;
  readonly file: ParquetFile;
  /** Counts bytes read from the store on behalf of whoever opened the block. */
  readonly inspected: InspectedBytes;
}

/** A running total. */
export interface InspectedBytes {
  bytes: number;
}

/** Parsed metadata takes about this many times the memory of the footer's bytes. */
const PARSED_FOOTER_FACTOR = 8;

/**
 * Opens the block `ref`. Blocks opened with one cache read their footer once.
 *
 * @throws UnsupportedBlockFormatError for versions without a reader.
 * @throws CorruptBlockError when data.parquet is damaged or is not what `ref` says.
 * @throws ObjectNotFoundError when the block has been deleted.
 */
export async function openBlock(options: {
  readonly ref: BlockRef;
  readonly store: ObjectStore;
  readonly cache: BlockCache;
  readonly signal?: AbortSignal;
}): Promise<OpenBlock> {
  const { ref, store, cache, signal } = options;
  if (ref.format !== 'vParquet4') throw new UnsupportedBlockFormatError(ref.blockId, ref.format);
  const inspected: InspectedBytes = { bytes: 0 };
  const source = blockSource(ref, store, inspected);
  const metadata = await describing(ref.blockId, () =>
    cache.get(`footer:${ref.tenant}/${ref.blockId}`, async () => {
      const value = await readFileMetadata(source, {
        footerSizeBytes: ref.footerSizeBytes,
        ...(signal ? { signal } : {}),
      });
      checkTraceSchema(ref.blockId, value.schema);
      const columnCount = value.rowGroups.reduce((sum, group) => sum + group.chunks.length, 0);
      const footerBytes = ref.footerSizeBytes || columnCount * 200;
      return { value, sizeBytes: footerBytes * PARSED_FOOTER_FACTOR };
    }),
  );
  return { ref, store, cache, inspected, file: openParquet(source, metadata) };
}

/** data.parquet as a source of ranges that counts what is read. */
function blockSource(ref: BlockRef, store: ObjectStore, inspected: InspectedBytes): RangeSource {
  const key = dataKey(ref);
  return {
    sizeBytes: ref.sizeBytes,
    read: async (range, signal) => {
      const bytes = await store.getRange(key, range, signal);
      inspected.bytes += bytes.length;
      return bytes;
    },
  };
}

/** Runs `task`; errors of the file name the block. */
export async function describing<T>(blockId: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw describeBlockError(blockId, error);
  }
}

/** The error of a damaged file as one of the block; any other error as it is. */
export function describeBlockError(blockId: string, error: unknown): unknown {
  const isOfFile =
    error instanceof CorruptParquetError ||
    error instanceof UnsupportedParquetError ||
    (error as { code?: string }).code === 'object_range';
  return isOfFile
    ? new CorruptBlockError(blockId, (error as Error).message, { cause: error })
    : error;
}
