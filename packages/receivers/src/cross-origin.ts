/** Which web pages may send spans: the collector's `cors` section as handlers. */
import type { OtlpHttpConfig } from '@tempo-ts/config';
import type { RequestHandler } from '@tempo-ts/server';
import type { Logger } from '@tempo-ts/telemetry';
import cors from 'cors';

type CorsConfig = NonNullable<OtlpHttpConfig['cors']>;

/** Allowed when the configuration names none, as the collector has it. */
const DEFAULT_ALLOWED_HEADERS = ['Accept', 'Content-Type', 'X-Requested-With'];

/**
 * Handlers to put before the routes; none when no origin is allowed. Preflight requests of allowed
 * origins are answered, those of others get an answer without permissions.
 */
export function crossOrigin(config: CorsConfig, logger: Logger): RequestHandler[] {
  const { allowed_origins: origins, allowed_headers: headers } = config;
  if (origins.length === 0) {
    if (headers.length > 0)
      logger.warn('cors has no effect: allowed_headers are set but no allowed_origins', {
        allowedHeaders: headers,
      });
    return [];
  }
  const isAllowed = originMatcher(origins);
  const handle = cors({
    origin: origins.includes('*') ? '*' : isAllowed,
    methods: ['GET', 'POST', 'HEAD'],
    credentials: true,
    exposedHeaders: [...config.exposed_headers],
    // Absent means: whatever the page asks for.
    ...(headers.includes('*')
      ? {}
      : {
          allowedHeaders: headers.length === 0 ? DEFAULT_ALLOWED_HEADERS : ['Origin', ...headers],
        }),
    ...(config.max_age > 0 ? { maxAge: config.max_age } : {}),
  });
  return [
    (request, response, next) => {
      const isPreflight =
        request.method === 'OPTIONS' && 'access-control-request-method' in request.headers;
      if (request.method === 'OPTIONS' && !isPreflight) next();
      else handle(request, response, next);
    },
  ];
}

/** One expression per origin; `*` in it stands for any characters. */
function originMatcher(origins: readonly string[]): RegExp[] {
  return origins.map((origin) => {
    const literal = origin.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${literal.join('.*')}$`, 'i');
  });
}
