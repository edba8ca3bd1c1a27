/** Turns a query that reports its progress into a stream of partial answers, at most two a second. */
import type { Timers } from '@tempo-ts/runtime';

/** Least time between two messages of a stream; Tempo's. */
export const STREAM_PERIOD_MS = 500;

/**
 * Messages about `query` while it runs: every half second, if there was progress, what `partial` makes
 * of it, then what `final` makes of the answer. `undefined` means that there is nothing to say.
 */
export async function* streamProgress<P, A, M>(
  timers: Timers,
  options: {
    readonly query: (report: (progress: () => P) => void) => Promise<A>;
    readonly partial: (progress: P) => M | undefined;
    readonly final: (answer: A) => M;
    readonly signal: AbortSignal;
  },
): AsyncIterable<M> {
  const { query, partial, final, signal } = options;
  let latest: (() => P) | undefined;
  let isDone = false;
  const answer = query((progress) => (latest = progress)).finally(() => (isDone = true));
  // The rejection is thrown where the answer is awaited; this keeps it from being called unhandled.
  answer.catch(() => {});
  for (;;) {
    const period = new AbortController();
    const pause = timers.sleep(STREAM_PERIOD_MS, AbortSignal.any([signal, period.signal]));
    await Promise.race([answer, pause.catch(() => signal.throwIfAborted())]);
    period.abort();
    if (isDone) break;
    const progress = latest;
    latest = undefined;
    const message = progress && partial(progress());
    if (message !== undefined) yield message;
  }
  yield final(await answer);
}
