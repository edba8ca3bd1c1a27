/**
 * One process: its servers, its modules in order, its end. Everything a `main` does apart from
 * reading the configuration, as an object that a test can start and stop.
 */
import type { Clock, Timers } from '@tempo-ts/runtime';
import {
  registerBuildInfo,
  type BuildInfo,
  type Logger,
  type MetricsRegistry,
} from '@tempo-ts/telemetry';
import { GrpcServer, type GrpcServerLimits } from './grpc-server.ts';
import { HttpServer, type HttpServerLimits } from './http-server.ts';
import type { BoundAddress, ListenAddress } from './listen-address.ts';
import { notReadyReason, type ModuleState } from './readiness.ts';
import { RequestMetrics } from './request-metrics.ts';
import type { RequestLogSettings } from './request-log.ts';
import type { ServiceModule, ServiceState } from './service-module.ts';
import { ShutdownRequest } from './shutdown.ts';
import { addHealthPages, addStatusPages, type StatusContents } from './status-pages.ts';
import type { TlsSettings } from './tls-settings.ts';

/** Host, port, certificates and limits of one listener. */
export interface ListenerSettings<Limits> {
  /** Empty for every interface. */
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** `http_listen_network`, `grpc_listen_network`. */
  readonly network?: NonNullable<ListenAddress['network']>;
  readonly tls?: TlsSettings;
  readonly limits?: Partial<Limits>;
}

export interface TempoProcessOptions {
  /** `target`: what this process runs. */
  readonly target: string;
  /** In the order of starting: a module may use those before it. */
  readonly modules: readonly ServiceModule[];
  /** `server.http_listen_address`, `server.http_listen_port` … */
  readonly http: ListenerSettings<HttpServerLimits>;
  /** `server.grpc_listen_address`, `server.grpc_listen_port` … */
  readonly grpc: ListenerSettings<GrpcServerLimits>;
  /** `internal_server`: a second port with /ready and /metrics only. */
  readonly internalHttp?: ListenerSettings<HttpServerLimits>;
  /** `stream_over_http_enabled`: gRPC on the HTTP port as well. */
  readonly streamOverHttpEnabled: boolean;
  /** `http_api_prefix`, such as `/tempo`; empty by default. */
  readonly httpApiPrefix?: string;
  /** `server.http_path_prefix`: before every path, /ready and /metrics included. */
  readonly httpPathPrefix?: string;
  /** `server.register_instrumentation`: false leaves /metrics out of the API's port. */
  readonly registerInstrumentation?: boolean;
  /** `server.report_grpc_codes_in_instrumentation_label_enabled`. */
  readonly reportGrpcCodes?: boolean;
  /** See `requestLogSettings`; absent: requests are not logged. */
  readonly requestLog?: RequestLogSettings;
  /** `shutdown_delay`: how long to go on serving while /ready already answers 503. */
  readonly shutdownDelayMs?: number;
  /** `server.graceful_shutdown_timeout`: how long running requests may take to finish. */
  readonly gracefulShutdownTimeoutMs: number;
  readonly buildInfo: BuildInfo;
  readonly status: StatusContents;
  readonly logger: Logger;
  readonly metrics: MetricsRegistry;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Called by `runService` once everything has started. */
  readonly onStarted?: () => void;
  /** Shared with modules that may ask for the end of the process. */
  readonly shutdown?: ShutdownRequest;
}

interface Module {
  readonly module: ServiceModule;
  state: ServiceState;
  failure?: unknown;
}

/** Started once, stopped once. */
export class TempoProcess {
  readonly #options: TempoProcessOptions;
  readonly #modules: readonly Module[];
  readonly #shutdown: ShutdownRequest;
  readonly #http: HttpServer;
  readonly #grpc: GrpcServer;
  readonly #internalHttp: HttpServer | undefined;
  #phase: 'new' | 'starting' | 'serving' | 'stopping' | 'draining' | 'stopped' = 'new';
  #httpAddress: BoundAddress | undefined;
  #grpcAddress: BoundAddress | undefined;
  #internalAddress: BoundAddress | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: TempoProcessOptions) {
    this.#options = options;
    this.#modules = options.modules.map((module) => ({ module, state: 'new' }));
    this.#shutdown = options.shutdown ?? new ShutdownRequest();
    const { logger, clock, timers } = options;
    const shell = { metrics: new RequestMetrics(options.metrics), logger, clock, timers };
    const refusal = () => this.#refusal();
    this.#grpc = new GrpcServer({
      ...shell,
      ...servable(options.grpc),
      refusal,
      reportsCodes: options.reportGrpcCodes ?? false,
    });
    const grpc = this.#grpc;
    this.#http = new HttpServer({
      ...shell,
      ...servable(options.http),
      refusal,
      pathPrefix: options.httpPathPrefix ?? '',
      ...(options.requestLog ? { requestLog: options.requestLog } : {}),
      ...(options.streamOverHttpEnabled
        ? { onHttp2Connection: (socket) => grpc.injectConnection(socket) }
        : {}),
    });
    if (options.internalHttp)
      this.#internalHttp = new HttpServer({ ...shell, ...servable(options.internalHttp) });
    this.#addRoutes();
  }

  /** Where the HTTP API listens, once started. */
  get httpAddress(): BoundAddress | undefined {
    return this.#httpAddress;
  }

  /** Where gRPC listens, once started. */
  get grpcAddress(): BoundAddress | undefined {
    return this.#grpcAddress;
  }

  /** Where the internal server listens, once started. */
  get internalHttpAddress(): BoundAddress | undefined {
    return this.#internalAddress;
  }

  /** Resolves with the reason when somebody asks for the end. */
  get shutdownRequested(): Promise<string> {
    return this.#shutdown.requested;
  }

  /** Asks for the end; returns at once. */
  requestShutdown(reason: string): void {
    this.#shutdown.request(reason);
  }

  /**
   * Listens, then starts the modules in order. When one fails, everything is stopped again and its
   * error is thrown.
   */
  async start(): Promise<void> {
    const { logger, clock, target } = this.#options;
    const startedMs = clock.monotonicMs();
    this.#phase = 'starting';
    registerBuildInfo(this.#options.metrics, this.#options.buildInfo);
    try {
      await this.#listen();
      for (const entry of this.#modules) await this.#startModule(entry);
    } catch (error) {
      await this.stop();
      throw error;
    }
    if (this.#phase !== 'starting') return;
    this.#phase = 'serving';
    this.#grpc.setServing(true);
    logger.info('tempo started', {
      target,
      version: this.#options.buildInfo.version,
      durationMs: Math.round(clock.monotonicMs() - startedMs),
    });
  }

  /**
   * Stops: /ready fails, after the shutdown delay no new request is taken, running ones finish,
   * the modules stop in reverse order, and only then the pages about the process end.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const { logger, timers, shutdownDelayMs = 0, gracefulShutdownTimeoutMs } = this.#options;
    const wasServing = this.#phase === 'serving';
    this.#phase = 'stopping';
    this.#shutdown.request('stopped');
    this.#grpc.setServing(false);
    if (wasServing && shutdownDelayMs > 0) await timers.sleep(shutdownDelayMs);
    this.#phase = 'draining';
    await Promise.all([
      this.#http.drain(gracefulShutdownTimeoutMs),
      this.#grpc.stop(gracefulShutdownTimeoutMs),
    ]);
    for (const entry of this.#modules.toReversed()) await this.#stopModule(entry);
    await Promise.all([
      this.#http.stop(gracefulShutdownTimeoutMs),
      this.#internalHttp?.stop(gracefulShutdownTimeoutMs),
    ]);
    this.#phase = 'stopped';
    logger.info('tempo stopped', { target: this.#options.target });
  }

  async #listen(): Promise<void> {
    const { http, grpc, internalHttp, logger } = this.#options;
    this.#httpAddress = await this.#http.listen({ ...http, configKey: 'server.http_listen_port' });
    this.#grpcAddress = await this.#grpc.listen({ ...grpc, configKey: 'server.grpc_listen_port' });
    if (internalHttp)
      this.#internalAddress = await this.#internalHttp?.listen({
        ...internalHttp,
        configKey: 'internal_server.http_listen_port',
      });
    logger.info('server listening on addresses', {
      http: printAddress(this.#httpAddress),
      grpc: printAddress(this.#grpcAddress),
      internal: this.#internalAddress && printAddress(this.#internalAddress),
    });
  }

  async #startModule(entry: Module): Promise<void> {
    const { logger, clock } = this.#options;
    const module = entry.module.name;
    const startedMs = clock.monotonicMs();
    entry.state = 'starting';
    try {
      await entry.module.start();
    } catch (error) {
      entry.state = 'failed';
      entry.failure = error;
      throw new Error(`cannot start ${module}`, { cause: error });
    }
    entry.state = 'running';
    logger.info('module started', {
      module,
      durationMs: Math.round(clock.monotonicMs() - startedMs),
    });
  }

  /** A module that cannot stop must not keep the others from stopping. */
  async #stopModule(entry: Module): Promise<void> {
    if (entry.state !== 'running' && entry.state !== 'failed') return;
    const { logger, clock } = this.#options;
    const module = entry.module.name;
    const startedMs = clock.monotonicMs();
    entry.state = 'stopping';
    try {
      await entry.module.stop();
      entry.state = 'terminated';
      logger.info('module stopped', {
        module,
        durationMs: Math.round(clock.monotonicMs() - startedMs),
      });
    } catch (error) {
      entry.state = 'failed';
      entry.failure = error;
      logger.error('module failed to stop', { module, error });
    }
  }

  #addRoutes(): void {
    const { metrics, httpApiPrefix = '', clock, buildInfo, target, status } = this.#options;
    const isReady = { metrics, notReadyReason: () => this.#notReadyReason() };
    addStatusPages(this.#http.operational, {
      ...status,
      ...isReady,
      target,
      buildInfo,
      httpApiPrefix,
      modules: () => this.#modules,
      routes: () => this.#http.routes.routes,
      nowUnixMs: () => clock.nowUnixMs(),
      hasMetricsPage: this.#options.registerInstrumentation ?? true,
    });
    if (this.#internalHttp) addHealthPages(this.#internalHttp.operational, isReady);
    for (const { module } of this.#modules) {
      module.routes?.(this.#http.router);
      for (const service of module.grpcServices?.() ?? []) this.#grpc.addService(service);
      for (const method of module.rawGrpcMethods?.() ?? []) this.#grpc.addRawUnary(method);
    }
  }

  #notReadyReason(): string | undefined {
    const isStopping = !['new', 'starting', 'serving'].includes(this.#phase);
    const modules: readonly ModuleState[] = this.#modules;
    return notReadyReason(modules, {
      isStopping: isStopping || this.#shutdown.reason !== undefined,
    });
  }

  /** Requests are served while the process waits out its shutdown delay, not after. */
  #refusal(): string | undefined {
    if (this.#phase === 'serving' || this.#phase === 'stopping') return undefined;
    return this.#phase === 'starting' ? 'Application is starting' : 'Application is stopping';
  }
}

function servable<Limits>(settings: ListenerSettings<Limits>) {
  return {
    ...(settings.tls ? { tls: settings.tls } : {}),
    ...(settings.limits ? { limits: settings.limits } : {}),
  };
}

function printAddress({ host, port }: BoundAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
