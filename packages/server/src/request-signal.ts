/** The life of an HTTP request as a signal. */
import type { Request, Response } from 'express';

/** Aborted (AbortError) when the client goes away before it has the whole answer. */
export function requestSignal(_request: Request, response: Response): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}
