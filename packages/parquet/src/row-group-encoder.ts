/**
 * The port between a file and the code that encodes its pages. There is one implementation through
 * apache-arrow and parquet-wasm; a page encoder of our own can take its place.
 */
import type { ColumnChunk } from './file-metadata.ts';
import type { NestedColumn } from './nested-column.ts';

/** An encoded row group whose offsets count from its own first byte. */
export interface EncodedRowGroup {
  readonly rowCount: number;
  /** Pages of all chunks, and nothing that a chunk does not point to. Valid until the next call. */
  readonly bytes: Uint8Array;
  /** In the order of the schema's leaves; offsets are positions in `bytes`. */
  readonly chunks: readonly ColumnChunk[];
  /** Offset and column indexes, which a file keeps after its row groups. */
  readonly indexes: Uint8Array;
}

/** Some rows of a row group: the columns of the schema's root, `rowCount` rows each. */
export interface RowGroupPart {
  readonly rowCount: number;
  readonly columns: readonly NestedColumn[];
}

/**
 * Encodes row groups of one schema.
 *
 * - A row MUST NOT cross a page.
 * - A chunk MUST be dictionary encoded wholly or not at all: readers judge a chunk by its dictionary.
 * - Booleans MUST be PLAIN: readers of parquet-go misread them otherwise.
 * - Ranges of `offsetIndex` and `columnIndex` are positions in `indexes`.
 * - Memory MUST NOT grow with the number of calls.
 */
export interface RowGroupEncoder {
  /** One row group holding the rows of all parts, in order. */
  encode(parts: readonly RowGroupPart[]): EncodedRowGroup;
}
