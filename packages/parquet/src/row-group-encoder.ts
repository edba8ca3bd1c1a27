/**
 * The port between a file and the code that encodes its pages. native-encoder.ts is a page encoder of
 * our own, arrow-encoder.ts one through apache-arrow and parquet-wasm.
 */
import type { ColumnChunk } from './file-metadata.ts';
import type { NestedColumn } from './nested-column.ts';
import type { ColumnIndex, PageLocation } from './page-index.ts';

/** An encoded row group whose offsets count from its own first byte. */
export interface EncodedRowGroup {
  readonly rowCount: number;
  /** Pages of all chunks, and nothing that a chunk does not point to. Valid until the next call. */
  readonly bytes: Uint8Array;
  /** In the order of the schema's leaves; offsets are positions in `bytes`. */
  readonly chunks: readonly EncodedChunk[];
}

/** A column of an encoded row group. */
export interface EncodedChunk {
  /** Offsets are positions in the row group's bytes; the places of indexes are left out. */
  readonly chunk: ColumnChunk;
  /** The data pages in order, at positions in the row group's bytes. */
  readonly pages?: readonly PageLocation[];
  readonly columnIndex?: ColumnIndex;
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
 * - Memory MUST NOT grow with the number of calls.
 */
export interface RowGroupEncoder {
  /** One row group holding the rows of all parts, in order. */
  encode(parts: readonly RowGroupPart[]): EncodedRowGroup;
}
