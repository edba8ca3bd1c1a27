/** Collects the rows that go on into the next head as payloads of the log. */
import { encodePushRecord } from './push-record.ts';
import { assembledTraceBytes, spanCountOfRow, type RowOfBatch } from './assemble-rows.ts';
import type { TracePiece } from '@tempo-ts/otlp';

/** A payload is closed at this size. */
const PAYLOAD_BYTES = 4 * 1024 * 1024;

export class CarriedRows {
  readonly payloads: Uint8Array[] = [];
  readonly #take: (payload: Uint8Array) => void;
  #pieces: TracePiece[] = [];
  #byteLength = 0;

  /** `take` is called with each payload when it is complete. */
  constructor(take: (payload: Uint8Array) => void) {
    this.#take = take;
  }

  /** Adds all rows of one trace as one piece. */
  add(traceId: Uint8Array, rows: readonly RowOfBatch[]): void {
    if (rows.length === 0) return;
    const bytes = assembledTraceBytes(rows);
    this.#pieces.push({
      traceId: traceId.slice(),
      slices: [bytes],
      byteLength: bytes.length,
      spanCount: rows.reduce((sum, { batch, row }) => sum + spanCountOfRow(batch, row), 0),
      ...timesOf(rows),
    });
    this.#byteLength += bytes.length;
    if (this.#byteLength >= PAYLOAD_BYTES) this.finish();
  }

  /** Completes the last payload. */
  finish(): void {
    if (this.#pieces.length === 0) return;
    const payload = encodePushRecord(this.#pieces);
    this.#pieces = [];
    this.#byteLength = 0;
    this.payloads.push(payload);
    this.#take(payload);
  }
}

function timesOf(rows: readonly RowOfBatch[]) {
  let startUnixSeconds = Infinity;
  let endUnixSeconds = 0;
  for (const { batch, row } of rows) {
    const start = secondsAt(batch.traces.startUnixNanos.words, row);
    if (start > 0) startUnixSeconds = Math.min(startUnixSeconds, start);
    endUnixSeconds = Math.max(endUnixSeconds, secondsAt(batch.traces.endUnixNanos.words, row));
  }
  return {
    startUnixSeconds: startUnixSeconds === Infinity ? 0 : startUnixSeconds,
    endUnixSeconds,
  };
}

function secondsAt(words: Int32Array, row: number): number {
  const nanos = (words[row * 2 + 1]! >>> 0) * 2 ** 32 + (words[row * 2]! >>> 0);
  return Math.floor(nanos / 1e9);
}
