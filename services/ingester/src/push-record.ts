/**
 * The payload of a log record: the pieces of one push. The same bytes go to the log and to the head
 * worker.
 *
 * ```
 * u32 piece count
 * per piece: trace id (16) · u32 length · u32 spans · f64 start · f64 end (seconds since 1970)
 * the pieces' bytes, one behind the other
 * ```
 * Little endian.
 */
import type { TracePiece } from '@tempo-ts/otlp';

/** Record types in the log. */
export const RecordType = {
  /** Pieces of a push. */
  Push: 1,
  /** Pieces of live traces that went on from an older head when it was cut. */
  Carried: 2,
} as const;

const COUNT_BYTES = 4;
const PIECE_BYTES = 40;

/** What a piece is besides its bytes. */
export type PieceInfo = Omit<TracePiece, 'slices'>;

/** The payload that holds `pieces`, in a buffer of its own. */
export function encodePushRecord(pieces: readonly TracePiece[]): Uint8Array<ArrayBuffer> {
  let byteLength = COUNT_BYTES + pieces.length * PIECE_BYTES;
  for (const piece of pieces) byteLength += piece.byteLength;
  const payload = new Uint8Array(byteLength);
  const view = new DataView(payload.buffer);
  view.setUint32(0, pieces.length, true);
  let entry = COUNT_BYTES;
  let at = COUNT_BYTES + pieces.length * PIECE_BYTES;
  for (const piece of pieces) {
    payload.set(piece.traceId, entry);
    view.setUint32(entry + 16, piece.byteLength, true);
    view.setUint32(entry + 20, piece.spanCount, true);
    view.setFloat64(entry + 24, piece.startUnixSeconds, true);
    view.setFloat64(entry + 32, piece.endUnixSeconds, true);
    entry += PIECE_BYTES;
    for (const slice of piece.slices) {
      payload.set(slice, at);
      at += slice.length;
    }
  }
  return payload;
}

/**
 * Calls `visit` for each piece of a payload, in order; `bytes` are a view of it.
 *
 * @throws RangeError when the payload is not what {@link encodePushRecord} makes.
 */
export function forEachPiece(
  payload: Uint8Array,
  visit: (piece: PieceInfo, bytes: Uint8Array) => void,
): void {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const count = view.getUint32(0, true);
  let at = COUNT_BYTES + count * PIECE_BYTES;
  if (at > payload.length) throw new RangeError(`record of ${payload.length} bytes is cut short`);
  for (let i = 0; i < count; i += 1) {
    const entry = COUNT_BYTES + i * PIECE_BYTES;
    const byteLength = view.getUint32(entry + 16, true);
    if (at + byteLength > payload.length)
      throw new RangeError(`record of ${payload.length} bytes is cut short`);
    const piece: PieceInfo = {
      traceId: payload.subarray(entry, entry + 16),
      byteLength,
      spanCount: view.getUint32(entry + 20, true),
      startUnixSeconds: view.getFloat64(entry + 24, true),
      endUnixSeconds: view.getFloat64(entry + 32, true),
    };
    visit(piece, payload.subarray(at, at + byteLength));
    at += byteLength;
  }
}
