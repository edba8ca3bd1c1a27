/**
 * All components in one process: made here, in the order of the data's way, and given to each other
 * as the ports they ask for. No message between them is serialized.
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createBlocklist } from '@tempo-ts/blocklist';
import { createCompactor } from '@tempo-ts/compactor';
import { renderConfig, type LoadedConfig, type TempoConfig } from '@tempo-ts/config';
import { createDistributor } from '@tempo-ts/distributor';
import { createIngester } from '@tempo-ts/ingester';
import { createMetricsGenerator } from '@tempo-ts/metrics-generator';
import { openObjectStore } from '@tempo-ts/object-store';
import { createOverrides, type Overrides } from '@tempo-ts/overrides';
import { createQuerier } from '@tempo-ts/querier';
import { createQueryFrontend } from '@tempo-ts/query-frontend';
import {
  createReceivers,
  InflightBytes,
  type Receiver,
  type ReceiverEnvironment,
} from '@tempo-ts/receivers';
import { systemClock, systemRandom, systemTimers } from '@tempo-ts/runtime';
import {
  createTenantResolver,
  requestLogSettings,
  runService,
  ShutdownRequest,
  type ServiceModule,
  type StatusContents,
  type TempoProcessOptions,
} from '@tempo-ts/server';
import {
  createMetricsRegistry,
  type BuildInfo,
  type Logger,
  type MetricsRegistry,
} from '@tempo-ts/telemetry';
import { ingesterConfig, ingesterLimits } from './ingester-settings.ts';
import { grpcListener, httpListener, internalListener } from './server-settings.ts';
import { startReport } from './start-report.ts';

export interface RunTempoOptions {
  readonly loaded: LoadedConfig;
  readonly build: BuildInfo;
  readonly logger: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Runs the process; resolves when it has ended. */
export async function runTempo(options: RunTempoOptions): Promise<void> {
  const { loaded, build, logger, env } = options;
  const { config } = loaded;
  const metrics = createMetricsRegistry();
  const overrides = createOverrides({
    config: config.overrides,
    timers: systemTimers,
    logger,
    metrics,
    readFile: (path) => readFile(path, 'utf8'),
    env: loaded.flags.expandEnv ? env : undefined,
  });
  const shutdown = new ShutdownRequest();
  let modules: readonly ServiceModule[];
  let listeners: Pick<TempoProcessOptions, 'http' | 'grpc'>;
  try {
    listeners = {
      http: httpListener(config, readFileSync),
      grpc: grpcListener(config, readFileSync),
    };
    modules = await makeModules({ config, overrides, logger, metrics });
  } catch (error) {
    logger.error('failed to start', { target: config.target, error });
    process.exitCode = 1;
    return;
  }
  await runService({
    target: config.target,
    modules,
    ...listeners,
    streamOverHttpEnabled: config.stream_over_http_enabled,
    httpApiPrefix: config.http_api_prefix,
    httpPathPrefix: config.server.http_path_prefix,
    registerInstrumentation: config.server.register_instrumentation,
    reportGrpcCodes: config.server.report_grpc_codes_in_instrumentation_label_enabled,
    ...optionally('internalHttp', internalListener(config)),
    ...optionally('requestLog', requestLogSettings(config.server)),
    shutdownDelayMs: config.shutdown_delay,
    gracefulShutdownTimeoutMs: config.server.graceful_shutdown_timeout,
    buildInfo: build,
    status: statusContents(config, overrides),
    logger,
    metrics,
    clock: systemClock,
    timers: systemTimers,
    shutdown,
    onStarted: () => process.stdout.write(startReport(config, build.version)),
  });
}

interface Parts {
  readonly config: TempoConfig;
  readonly overrides: Overrides;
  readonly logger: Logger;
  readonly metrics: MetricsRegistry;
}

/** The components, each given those before it; started in this order, stopped in reverse. */
async function makeModules(parts: Parts): Promise<readonly ServiceModule[]> {
  const { config, overrides } = parts;
  const environment = {
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    logger: parts.logger,
    metrics: parts.metrics,
  };
  const tenants = createTenantResolver({
    multitenancyEnabled: config.multitenancy_enabled,
    multiTenantQueriesEnabled: config.query_frontend.multi_tenant_queries_enabled,
  });
  const store = await openObjectStore(config.storage.trace, environment);
  const blocklist = createBlocklist({ config: config.storage.trace, store, ...environment });
  const ingester = createIngester({
    config: ingesterConfig(config),
    limitsOf: ingesterLimits(config, overrides),
    store,
    announcements: blocklist,
    ...environment,
  });
  const querier = createQuerier({ config, recent: ingester.recent, overrides, ...environment });
  const frontend = createQueryFrontend({
    config: config.query_frontend,
    httpApiPrefix: config.http_api_prefix,
    maxConcurrentJobs: config.querier.max_concurrent_queries,
    executor: querier,
    catalog: blocklist,
    overrides,
    tenants,
    ...environment,
  });
  const generator = createMetricsGenerator({
    config: config.metrics_generator,
    overrides,
    ...environment,
  });
  const compactor = createCompactor({
    config: config.compactor,
    overrides,
    store,
    blocklist,
    ...environment,
  });
  const distributor = createDistributor({
    config: config.distributor,
    overrides,
    ingester: { name: 'ingester', pusher: ingester.pusher },
    receivers: receiversOf(config, { tenants, ...environment }),
    ...environment,
  });
  const limits: ServiceModule = {
    name: 'overrides',
    start: () => overrides.start(),
    stop: () => overrides.stop(),
  };
  return [limits, blocklist, ingester, querier, frontend, generator, compactor, distributor];
}

/** The receivers to start; those that do not work yet are named in a warning. */
function receiversOf(
  config: TempoConfig,
  environment: Omit<ReceiverEnvironment, 'inflight' | 'gracefulStopMs' | 'readFile'>,
): readonly Receiver[] {
  const { receivers, notYetWorking } = createReceivers(config.distributor.receivers, {
    ...environment,
    inflight: new InflightBytes(),
    readFile: readFileSync,
    gracefulStopMs: config.server.graceful_shutdown_timeout,
  });
  for (const receiver of notYetWorking)
    environment.logger.warn('receiver does not work yet and is not started', { receiver });
  return receivers;
}

/** `{ [key]: value }`, or nothing when there is no value. */
function optionally<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]?: Value });
}

function statusContents(config: TempoConfig, overrides: Overrides): StatusContents {
  return {
    config: (view) => renderConfig(config, view === 'all' ? 'full' : view),
    runtimeConfig: (view) => overrides.runtimeConfig(view === 'all' ? 'full' : view),
    overrides: {
      tenants: () =>
        overrides.tenants().map((name) => ({
          name,
          hasRuntimeOverrides: true,
          hasUserConfigurableOverrides: false,
        })),
      tenant: (name) => {
        const status = overrides.status(name);
        return {
          userConfigurableOverrides: '',
          runtimeOverrides: status.runtimeOverrides,
          usesDefaultOrWildcardRuntimeOverrides: status.usingDefaultOrWildcard,
        };
      },
    },
  };
}
