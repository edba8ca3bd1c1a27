/** Listening on an address, with errors that say which setting to change. */
import type { AddressInfo, ListenOptions, Server } from 'node:net';
import { ListenError } from './errors.ts';

/** Where to listen. */
export interface ListenAddress {
  /** A host name or address; empty for every interface. */
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** `tcp` (default): IPv6 and IPv4 on every interface; `tcp4`, `tcp6`: one of them. */
  readonly network?: 'tcp' | 'tcp4' | 'tcp6';
  /** The configuration key of the port, named when it cannot be had: `server.http_listen_port`. */
  readonly configKey: string;
}

/** The address a server is really bound to. */
export interface BoundAddress {
  readonly host: string;
  readonly port: number;
}

/** Starts listening; rejects with {@link ListenError}. */
export function listenOn(server: Server, address: ListenAddress): Promise<BoundAddress> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(listenError(error, address));
    server.once('error', fail);
    server.listen(listenOptions(address), () => {
      server.off('error', fail);
      const bound = server.address() as AddressInfo;
      resolve({ host: bound.address, port: bound.port });
    });
  });
}

function listenOptions({ host, port, network = 'tcp' }: ListenAddress): ListenOptions {
  if (network === 'tcp4') return { host: host === '' ? '0.0.0.0' : ipv4Localhost(host), port };
  if (network === 'tcp6') return { host: host === '' ? '::' : host, port, ipv6Only: true };
  return host === '' ? { port } : { host: ipv4Localhost(host), port };
}

/**
 * `localhost` means the IPv4 loopback, as in Go programs; on many machines Node would bind to ::1
 * alone, and clients that were told 127.0.0.1 would find nothing.
 */
function ipv4Localhost(host: string): string {
  return host === 'localhost' ? '127.0.0.1' : host;
}

function listenError(error: NodeJS.ErrnoException, address: ListenAddress): ListenError {
  const where = `${address.host}:${address.port}`;
  const reason =
    error.code === 'EADDRINUSE'
      ? 'the port is in use by another process'
      : error.code === 'EACCES'
        ? 'this user may not listen on that port'
        : error.message;
  const message = `cannot listen on ${where}: ${reason}; change ${address.configKey}`;
  return new ListenError(message, { cause: error });
}

/**
 * `host:port` of a configuration as its parts: `0.0.0.0:4317`, `[::1]:4317`, `:4317` (every
 * interface). Undefined when it is not that.
 */
export function parseEndpoint(
  endpoint: string,
): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(endpoint.trim());
  if (!match) return undefined;
  const port = Number(match[3]);
  return port > 65535 ? undefined : { host: match[1] ?? match[2] ?? '', port };
}
