/** What parquet-wasm reads of a file: an opinion on our files that is not our own. */
import { tableFromIPC } from 'apache-arrow';
import { readParquet } from 'parquet-wasm';

/** Each row as JSON. */
export function rowsByWasm(file: Uint8Array): string[] {
  const table = tableFromIPC(readParquet(file).intoIPCStream());
  return table.toArray().map((row: unknown) => JSON.stringify(row, asText));
}

/** How many rows it finds, having decoded every column. */
export function countRowsByWasm(file: Uint8Array): number {
  const table = readParquet(file);
  const count = table.recordBatches().reduce((sum, batch) => sum + batch.numRows, 0);
  table.free();
  return count;
}

function asText(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  // JSON knows one zero only.
  return Object.is(value, -0) ? '-0' : value;
}
