/** Writes an asynchronous sequence to a stream no faster than the other side reads. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';

/**
 * Writes every value of `values` to `stream` (in object mode) and resolves after the last; does not
 * end the stream. Stops early, closing the sequence, when `signal` is aborted.
 */
export async function writeStream(
  stream: Writable,
  values: AsyncIterable<unknown>,
  signal: AbortSignal,
): Promise<void> {
  for await (const value of values) {
    signal.throwIfAborted();
    if (!stream.write(value)) await once(stream, 'drain', { signal });
  }
  signal.throwIfAborted();
}
