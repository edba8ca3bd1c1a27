/**
 * The query-frontend: the public query API over HTTP and gRPC. It cuts queries into jobs, has them run
 * fairly, and joins their answers.
 */
import type { BlockCatalog, JobExecutor } from '@tempo-ts/ports';
import type { Clock, Timers } from '@tempo-ts/runtime';
import {
  gzipResponses,
  type GrpcService,
  type Router,
  type ServiceModule,
  type ServiceState,
  type TenantResolver,
} from '@tempo-ts/server';
import type { Logger, MetricsRegistry } from '@tempo-ts/telemetry';
import type { QueryFrontendConfig, QueryOverrides } from './config.ts';
import { JobQueue } from './job-queue.ts';
import { createQueryFrontendMetrics } from './metrics.ts';
import type { QueryServices } from './query-services.ts';
import { queryInstantRoute, queryRangeRoute } from './routes/metrics-route.ts';
import type { RouteContext } from './routes/query-route.ts';
import { searchRoute } from './routes/search-route.ts';
import { tagValuesV1Route, tagValuesV2Route } from './routes/tag-values-route.ts';
import { tagsV1Route, tagsV2Route } from './routes/tags-route.ts';
import { traceByIdV1Route, traceByIdV2Route } from './routes/trace-by-id-route.ts';
import { streamingQuerierService } from './streaming-querier-service.ts';

export interface QueryFrontendOptions {
  /** `query_frontend`. */
  readonly config: QueryFrontendConfig;
  /** `http_api_prefix`: put before every route. */
  readonly httpApiPrefix?: string;
  /** Most jobs that run at once; `querier.max_concurrent_queries`. */
  readonly maxConcurrentJobs: number;
  readonly executor: JobExecutor;
  readonly catalog: BlockCatalog;
  readonly overrides: QueryOverrides;
  readonly tenants: TenantResolver;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: MetricsRegistry;
}

/** A query-frontend that is not started yet. */
export function createQueryFrontend(options: QueryFrontendOptions): ServiceModule {
  return new QueryFrontendModule(options);
}

class QueryFrontendModule implements ServiceModule {
  readonly name = 'query-frontend';
  readonly #context: RouteContext;
  readonly #prefix: string;
  #state: ServiceState = 'new';

  constructor(options: QueryFrontendOptions) {
    const { config, executor, catalog, overrides, clock, timers, logger } = options;
    const metrics = createQueryFrontendMetrics(options.metrics);
    const queue = new JobQueue({
      capacityPerTenant: config.max_outstanding_per_tenant,
      concurrency: options.maxConcurrentJobs,
      clock,
      metrics,
    });
    const services: QueryServices = {
      config,
      overrides,
      executor,
      catalog,
      queue,
      clock,
      timers,
      logger: logger.child({ component: 'query-frontend' }),
      metrics,
    };
    this.#context = { services, tenants: options.tenants };
    this.#prefix = (options.httpApiPrefix ?? '').replace(/\/+$/, '');
  }

  start(): Promise<void> {
    this.#state = 'running';
    return Promise.resolve();
  }

  /** Requests that run are finished by the servers before this is called. */
  stop(): Promise<void> {
    this.#state = 'terminated';
    return Promise.resolve();
  }

  notReadyReason(): string | undefined {
    return this.#state === 'running' ? undefined : `Query Frontend not ready: ${this.#state}`;
  }

  routes(router: Router): void {
    const context = this.#context;
    const gzip = gzipResponses();
    const routes = {
      '/api/traces/:traceID': traceByIdV1Route(context),
      '/api/v2/traces/:traceID': traceByIdV2Route(context),
      '/api/search': searchRoute(context),
      '/api/search/tags': tagsV1Route(context),
      '/api/v2/search/tags': tagsV2Route(context),
      '/api/search/tag/*tagName/values': tagValuesV1Route(context),
      '/api/v2/search/tag/*tagName/values': tagValuesV2Route(context),
      '/api/metrics/query_range': queryRangeRoute(context),
      '/api/metrics/query': queryInstantRoute(context),
    };
    for (const [path, handler] of Object.entries(routes))
      router.all(this.#prefix + path, gzip, handler);
  }

  grpcServices(): readonly GrpcService[] {
    return [streamingQuerierService(this.#context)];
  }
}
