/** A batch in memory of just its size. */
import { sharedFloat64Array, sharedInt32Array, sharedUint8Array } from './shared-memory.ts';
import type { SpanBatch } from './span-batch.ts';

/**
 * Copies the columns of a batch that have room to grow behind them, so that this room can be given
 * back. Dictionaries that go on growing are left where they are.
 */
export function trimBatch(batch: SpanBatch): SpanBatch {
  return trim(batch, new Map());
}

function trim<T extends object>(value: T, trimmed: Map<object, object>): T {
  const known = trimmed.get(value);
  if (known !== undefined) return known as T;
  let copy: object;
  if (value instanceof Int32Array) copy = trimColumn(value, sharedInt32Array);
  else if (value instanceof Uint8Array) copy = trimColumn(value, sharedUint8Array);
  else if (value instanceof Float64Array) copy = trimColumn(value, sharedFloat64Array);
  else if ('lineage' in value) copy = value;
  else if (Array.isArray(value)) copy = value.map((part: object) => trim(part, trimmed));
  else
    copy = Object.fromEntries(
      Object.entries(value).map(([key, part]: [string, unknown]) => [
        key,
        typeof part === 'object' && part !== null ? trim(part, trimmed) : part,
      ]),
    );
  trimmed.set(value, copy);
  return copy as T;
}

function trimColumn<Column extends Int32Array | Uint8Array | Float64Array>(
  column: Column,
  allocate: (length: number) => Column,
): Column {
  if (column.byteLength === column.buffer.byteLength) return column;
  const copy = allocate(column.length);
  copy.set(column);
  return copy;
}
