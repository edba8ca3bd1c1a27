/** What the load of `load-main.ts` consists of. */
import type { TracePiece } from '@tempo-ts/otlp';
import { pieceOf } from './trace-pieces.ts';

/** Traces that get spans from every push. */
export const LONG_TRACES = 20;

/** Numbers of traces that get a single push lie above. */
export const FIRST_OWN_TRACE = 1_000;

/** Near the time of the test, or blocks would span years. */
const EPOCH_SECONDS = 1_790_000_000;

/** The pieces of push `n`: a trace of its own, and a span of a long trace. */
export function piecesOfPush(n: number): TracePiece[] {
  return [
    pieceOf(FIRST_OWN_TRACE + n, [1, 2], EPOCH_SECONDS),
    pieceOf(n % LONG_TRACES, [n], EPOCH_SECONDS),
  ];
}
