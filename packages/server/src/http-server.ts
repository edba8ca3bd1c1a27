/**
 * The HTTP shell of a process: one listener, request metrics, plain-text errors, timeouts, and an
 * end that lets requests finish. HTTP/2 connections without TLS (gRPC on the HTTP port) are handed
 * on when somebody wants them.
 */
import { createServer as createPlainServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Clock, Timers } from '@tempo-ts/runtime';
import type { Logger } from '@tempo-ts/telemetry';
import express, {
  Router,
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { answerToError } from './error-mapping.ts';
import { logRequest, type RequestLogSettings } from './request-log.ts';
import { listenOn, type BoundAddress, type ListenAddress } from './listen-address.ts';
import { sniffSocket } from './protocol-sniffer.ts';
import type { RequestObserver } from './request-metrics.ts';
import { RouteTable } from './route-table.ts';
import { acceptsClient, serverTlsOptions, type TlsSettings } from './tls-settings.ts';

export type { NextFunction, Request, RequestHandler, Response };
export { Router };

/** Limits of the HTTP shell; the defaults are Tempo's. */
export interface HttpServerLimits {
  /** Longest time to receive a request; `server.http_server_read_timeout`, 30 s. */
  readonly readTimeoutMs: number;
  /** Longest time to receive the headers of one; `http_server_read_header_timeout`, as above. */
  readonly readHeaderTimeoutMs?: number;
  /** Longest time without progress while answering; `server.http_server_write_timeout`, 30 s. */
  readonly writeTimeoutMs: number;
  /** How long an unused connection stays open; `server.http_server_idle_timeout`, 2 min. */
  readonly idleTimeoutMs: number;
  /** Most open connections; further ones are closed at once. Absent: no limit. */
  readonly maxConnections?: number;
}

export const DEFAULT_HTTP_SERVER_LIMITS: HttpServerLimits = {
  readTimeoutMs: 30_000,
  writeTimeoutMs: 30_000,
  idleTimeoutMs: 120_000,
};

export interface HttpServerOptions {
  readonly limits?: Partial<HttpServerLimits>;
  readonly tls?: TlsSettings;
  readonly metrics: RequestObserver;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Takes HTTP/2 connections that come in on this port; without it they are refused. */
  readonly onHttp2Connection?: (socket: Duplex) => void;
  /**
   * Undefined when routes of `router` are served, else the text of the 503 they answer.
   * Operational routes are always served.
   */
  readonly refusal?: () => string | undefined;
  /** `server.http_path_prefix`: goes before every path, /ready included. */
  readonly pathPrefix?: string;
  /** Writes a line per request; absent: none. */
  readonly requestLog?: RequestLogSettings;
}

/** An HTTP server that has not been started yet, until {@link HttpServer.listen}. */
export class HttpServer {
  /** Routes of components: refused while the process starts and stops. */
  readonly router: Router = newRouter();
  /** Routes about the process itself: /ready, /metrics, /status. Always served. */
  readonly operational: Router = newRouter();
  readonly #options: HttpServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #routes: RouteTable | undefined;
  /** Connections whose protocol is not known yet: nothing was asked on them. */
  readonly #undecided = new Set<Socket>();
  #inflight = 0;
  #isStopping = false;
  #drained: (() => void) | undefined;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    const app = this.#application();
    this.#server = options.tls
      ? createTlsServer(
          { ...serverTlsOptions(options.tls), ALPNProtocols: this.#alpnProtocols() },
          app,
        )
      : createPlainServer(app);
    this.#limitTimes();
    this.#splitProtocols();
  }

  /** The routes added so far; final once the server listens. */
  get routes(): RouteTable {
    return (
      this.#routes ?? new RouteTable([this.operational, this.router], this.#options.pathPrefix)
    );
  }

  /** Starts accepting connections. Rejects with ListenError. */
  async listen(address: ListenAddress): Promise<BoundAddress> {
    this.#routes = this.routes;
    return listenOn(this.#server, address);
  }

  /** Resolves when no request of a component's route is being served, or after `graceMs`. */
  async drain(graceMs: number): Promise<void> {
    if (this.#inflight === 0) return;
    const { timers } = this.#options;
    await new Promise<void>((resolve) => {
      const timer = timers.after(graceMs, resolve);
      this.#drained = () => {
        timer.stop();
        resolve();
      };
    });
    this.#drained = undefined;
  }

  /** Stops accepting, lets running requests finish for `graceMs`, then cuts them off. */
  async stop(graceMs: number): Promise<void> {
    if (!this.#server.listening) return;
    this.#isStopping = true;
    await new Promise<void>((resolve) => {
      const timer = this.#options.timers.after(graceMs, () => {
        this.#server.closeAllConnections();
        for (const socket of this.#sockets) socket.destroy();
      });
      this.#server.close(() => {
        timer.stop();
        resolve();
      });
      this.#server.closeIdleConnections();
      for (const socket of this.#undecided) socket.destroy();
    });
  }

  #application(): Express {
    const app = express();
    app.disable('x-powered-by');
    app.disable('etag');
    app.enable('case sensitive routing');
    app.enable('strict routing');
    app.use((request, response, next) => this.#measure(request, response, next));
    const prefix = this.#options.pathPrefix || '/';
    app.use(prefix, this.operational);
    app.use(prefix, (request, response, next) => this.#admit(request, response, next));
    app.use(prefix, this.router);
    app.use((_request: Request, response: Response) => {
      sendText(response, 404, '404 page not found');
    });
    app.use((error: unknown, request: Request, response: Response, _next: NextFunction) =>
      this.#fail(error, request, response),
    );
    return app;
  }

  #measure(request: Request, response: Response, next: NextFunction): void {
    const { metrics, clock, logger, requestLog } = this.#options;
    const { method } = request;
    const route = this.routes.label(request.path);
    const startedMs = clock.monotonicMs();
    const writtenBefore = request.socket.bytesWritten;
    metrics.started(method, route);
    metrics.received(method, route, Number(request.headers['content-length'] ?? 0));
    response.once('close', () => {
      // The client went away before it had the answer: Tempo counts that as 499.
      const status = response.writableFinished ? response.statusCode : 499;
      const durationMs = clock.monotonicMs() - startedMs;
      metrics.ended(method, route, String(status), durationMs);
      if (requestLog) logRequest(logger, requestLog, request, { status, durationMs });
      metrics.sent(method, route, request.socket.bytesWritten - writtenBefore);
      // The client may keep its connection for the next request, which will not be taken.
      if (this.#isStopping) setImmediate(() => this.#server.closeIdleConnections());
    });
    next();
  }

  #admit(_request: Request, response: Response, next: NextFunction): void {
    const refusal = this.#options.refusal?.();
    if (refusal !== undefined) {
      response.setHeader('Connection', 'close');
      sendText(response, 503, refusal);
      return;
    }
    this.#inflight += 1;
    response.once('close', () => {
      this.#inflight -= 1;
      if (this.#inflight === 0) this.#drained?.();
    });
    next();
  }

  #fail(error: unknown, request: Request, response: Response): void {
    const answer = answerToError(error, 'query');
    if (answer.httpStatus >= 500)
      this.#options.logger.error('request failed', { path: request.path, error });
    if (response.headersSent) response.destroy();
    else sendText(response, answer.httpStatus, answer.message);
  }

  #limitTimes(): void {
    const limits = { ...DEFAULT_HTTP_SERVER_LIMITS, ...this.#options.limits };
    const server = this.#server;
    server.headersTimeout = limits.readHeaderTimeoutMs ?? limits.readTimeoutMs;
    server.requestTimeout = limits.readTimeoutMs;
    server.keepAliveTimeout = limits.idleTimeoutMs;
    if (limits.maxConnections !== undefined) server.maxConnections = limits.maxConnections;
    // Node's inactivity timeout of a socket: no bytes in either direction while a request runs.
    // A handler may think for longer than that: it is bounded by its own deadline.
    server.setTimeout(0);
    server.on('request', (_request, response) => {
      // A client that stops reading its answer: no progress for that long ends the connection.
      response.once('prefinish', () => response.socket?.setTimeout(limits.writeTimeoutMs));
    });
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      if (error.code !== 'ECONNRESET' && socket.writable) socket.end(badRequestLine(error));
      else socket.destroy();
    });
  }

  #alpnProtocols(): string[] {
    return this.#options.onHttp2Connection ? ['h2', 'http/1.1'] : ['http/1.1'];
  }

  /** Puts itself before the HTTP/1 parser, which only gets the connections meant for it. */
  #splitProtocols(): void {
    const { onHttp2Connection, metrics } = this.#options;
    const { tls } = this.#options;
    const event = tls ? 'secureConnection' : 'connection';
    const serveHttp1 = this.#server.listeners(event) as ((socket: Socket) => void)[];
    this.#server.removeAllListeners(event);
    // While hands are shaken there is no secure connection yet, but one to close at the end.
    if (tls)
      this.#server.on('connection', (socket: Socket) => {
        this.#sockets.add(socket);
        socket.once('close', () => this.#sockets.delete(socket));
      });
    this.#server.on(event, (socket: Socket) => {
      if (tls && !acceptsClient(socket as TLSSocket, tls.clientAuth)) {
        socket.destroy();
        return;
      }
      this.#sockets.add(socket);
      metrics.connectionOpened('http');
      socket.once('close', () => {
        this.#sockets.delete(socket);
        metrics.connectionClosed('http');
      });
      const http1 = () => {
        for (const listener of serveHttp1) listener.call(this.#server, socket);
      };
      if (!onHttp2Connection) http1();
      else if (tls) {
        if ((socket as TLSSocket).alpnProtocol === 'h2') onHttp2Connection(socket);
        else http1();
      } else this.#sniff(socket, http1, onHttp2Connection);
    });
  }

  #sniff(socket: Socket, http1: () => void, http2: (socket: Duplex) => void): void {
    const waitMs = this.#options.limits?.idleTimeoutMs ?? DEFAULT_HTTP_SERVER_LIMITS.idleTimeoutMs;
    const timer = this.#options.timers.after(waitMs, () => socket.destroy());
    this.#undecided.add(socket);
    const decided = () => {
      timer.stop();
      this.#undecided.delete(socket);
    };
    socket.once('close', decided);
    sniffSocket(socket, (protocol) => {
      decided();
      if (protocol === 'http2') http2(socket);
      else http1();
    });
  }
}

/** Answers with a line of plain text, the form of every error of Tempo's API. */
export function sendText(response: Response, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  if (status >= 400) response.setHeader('X-Content-Type-Options', 'nosniff');
  response.end(`${text}\n`);
}

/** A router that, like Tempo's, tells `/ready` from `/Ready` and from `/ready/`. */
function newRouter(): Router {
  return Router({ caseSensitive: true, strict: true });
}

function badRequestLine(error: NodeJS.ErrnoException): string {
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  return `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}\n`;
}
