/** One log line per HTTP request, for operators who ask for it (`server.log_request_*`). */
import type { IncomingMessage } from 'node:http';
import type { TempoConfig } from '@tempo-ts/config';
import type { LogFields, Logger } from '@tempo-ts/telemetry';

export interface RequestLogSettings {
  /** Level of lines about requests that went well; server errors are warnings. */
  readonly level: 'debug' | 'info';
  /** Log the headers as well, but never those of {@link SECRET_HEADERS}. */
  readonly headers: boolean;
  /** Further headers that are not logged, in lower case. */
  readonly excludedHeaders: ReadonlySet<string>;
  /** Log where requests come from. */
  readonly source: SourceAddressSettings | undefined;
}

export interface SourceAddressSettings {
  /** All addresses of the forwarding headers instead of the first. */
  readonly full: boolean;
  /** A header to take the address from, with an expression whose first group is the address. */
  readonly header: string | undefined;
  readonly expression: RegExp | undefined;
}

/** Headers that hold credentials. */
const SECRET_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
  'set-cookie',
  'x-csrf-token',
]);

/** The settings of `server`; undefined when no line would be written. */
export function requestLogSettings(server: TempoConfig['server']): RequestLogSettings | undefined {
  const level = server.log_request_at_info_level_enabled ? 'info' : 'debug';
  const written = server.log_level === 'debug' || (level === 'info' && server.log_level === 'info');
  if (!written) return undefined;
  const { log_source_ips_header: header, log_source_ips_regex: expression } = server;
  return {
    level,
    headers: server.log_request_headers,
    excludedHeaders: new Set(
      server.log_request_exclude_headers_list.map((name) => name.toLowerCase()),
    ),
    source: server.log_source_ips_enabled
      ? {
          full: server.log_source_ips_full,
          header: header === '' ? undefined : header,
          expression: header !== '' && expression !== '' ? new RegExp(expression) : undefined,
        }
      : undefined,
  };
}

/** Writes the line of a request that has ended. */
export function logRequest(
  logger: Logger,
  settings: RequestLogSettings,
  request: IncomingMessage & { readonly originalUrl: string },
  outcome: { readonly status: number; readonly durationMs: number },
): void {
  const source = settings.source && sourceAddress(request, settings.source);
  const fields: LogFields = {
    method: request.method,
    // Not `url`: a router takes its prefix off that.
    path: request.originalUrl,
    status: outcome.status,
    durationMs: Number(outcome.durationMs.toFixed(3)),
    ...(source === undefined ? {} : { sourceIPs: source }),
    ...(settings.headers ? { headers: printableHeaders(request, settings) } : {}),
  };
  if (outcome.status >= 500) logger.warn('request failed', fields);
  else logger[settings.level]('request', fields);
}

/** Who asked: by the configured header, by the usual forwarding headers, else the connection. */
function sourceAddress(request: IncomingMessage, settings: SourceAddressSettings): string {
  const remote = request.socket.remoteAddress ?? '';
  if (settings.header !== undefined) {
    const value = headerText(request, settings.header);
    const address = settings.expression ? settings.expression.exec(value)?.[1] : value;
    return address === undefined || address === '' ? remote : address;
  }
  const forwarded = headerText(request, 'x-forwarded-for') || headerText(request, 'x-real-ip');
  if (forwarded === '') return remote;
  return settings.full ? `${forwarded}, ${remote}` : forwarded.split(',', 1)[0]!.trim();
}

function printableHeaders(
  request: IncomingMessage,
  settings: RequestLogSettings,
): Record<string, string> {
  const names = Object.keys(request.headers).filter(
    (name) => !SECRET_HEADERS.has(name) && !settings.excludedHeaders.has(name),
  );
  return Object.fromEntries(names.map((name) => [name, headerText(request, name)]));
}

function headerText(request: IncomingMessage, name: string): string {
  const value = request.headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(', ') : (value ?? '');
}
