/** What can be wrong with a file. */

/** The bytes are not a Parquet file, or are damaged. */
export class CorruptParquetError extends Error {
  override readonly name = 'CorruptParquetError';
  readonly code = 'corrupt_parquet';
}

/** The file is sound but uses something this reader does not know. */
export class UnsupportedParquetError extends Error {
  override readonly name = 'UnsupportedParquetError';
  readonly code = 'unsupported_parquet';
}
