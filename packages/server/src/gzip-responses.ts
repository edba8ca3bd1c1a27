/** Response compression as Tempo does it: gzip, and only for clients that accept it. */
import compression from 'compression';
import type { RequestHandler } from 'express';

/** Below this a compressed answer is hardly smaller. */
const MIN_COMPRESSED_BYTES = 1024;

/**
 * A handler to put before routes whose answers may be large. Other encodings than gzip are not
 * used even if the client would take them: Tempo never answers in another.
 */
export function gzipResponses(): RequestHandler {
  const compress = compression({ threshold: MIN_COMPRESSED_BYTES, filter: () => true });
  return (request, response, next) => {
    const accepted = request.acceptsEncodings('gzip', 'identity');
    request.headers['accept-encoding'] = accepted === 'gzip' ? 'gzip' : 'identity';
    compress(request, response, next);
  };
}
