/** The whole configuration. Property names are Tempo's YAML keys, letter by letter. */
import { section } from '../composite-fields.ts';
import type { ValueOf } from '../field.ts';
import { bool, choice, duration, float, text } from '../scalar-fields.ts';
import { indexPaths } from '../unknown-key.ts';
import { cacheSchema } from './cache.ts';
import { compactorSchema } from './compactor.ts';
import { distributorSchema } from './distributor.ts';
import { backoff, componentClient } from './grpc-client.ts';
import { ingestSchema } from './ingest.ts';
import { ingesterSchema } from './ingester.ts';
import {
  backendSchedulerClientSchema,
  backendSchedulerSchema,
  backendWorkerSchema,
  blockBuilderSchema,
  liveStoreSchema,
} from './kafka-components.ts';
import { memberlistSchema } from './memberlist.ts';
import { metricsGeneratorSchema } from './metrics-generator.ts';
import { overridesSchema } from './overrides.ts';
import { querierSchema } from './querier.ts';
import { queryFrontendSchema } from './query-frontend.ts';
import { internalServerSchema, serverSchema } from './server.ts';
import { storageSchema } from './storage.ts';

/** Values of `target`: what runs in the process. */
export const TARGETS = [
  'all',
  'all-3.0',
  'scalable-single-binary',
  'distributor',
  'ingester',
  'metrics-generator',
  'metrics-generator-no-local-blocks',
  'querier',
  'query-frontend',
  'compactor',
  'block-builder',
  'backend-scheduler',
  'backend-worker',
  'live-store',
] as const;

export type Target = (typeof TARGETS)[number];

const goRuntime = { noEffect: 'there is no Go runtime' } as const;

/** The declaration of every key. */
export const tempoSchema = section('Configuration of tempo-ts.', {
  target: choice(TARGETS, 'all', 'What runs in this process.', { later: 'separateProcesses' }),
  http_api_prefix: text('', 'Prefix of API paths; not of /ready, /status and /metrics.', {
    check: (prefix) =>
      prefix === '' || /^\/.*[^/]$/.test(prefix)
        ? undefined
        : 'a path such as /tempo, without a slash at its end',
  }),
  multitenancy_enabled: bool(false, 'Requests carry their tenant in X-Scope-OrgID.'),
  auth_enabled: bool(false, 'Former name of multitenancy_enabled.', {
    deprecated: 'use multitenancy_enabled',
  }),
  stream_over_http_enabled: bool(false, 'Serve gRPC on the HTTP port as well.'),
  shutdown_delay: duration('0s', 'Time /ready fails before the process stops.'),
  enable_go_runtime_metrics: bool(false, 'All metrics of the Go runtime.', goRuntime),
  partition_ring_live_store: bool(false, 'Use the partition ring of live-stores.', {
    later: 'liveStore',
  }),
  span_profiling: bool(false, 'Profile self-tracing spans (Tempo 3.0).', goRuntime),
  memory: section(
    'Memory limit of the Go runtime (Tempo 3.0).',
    {
      automemlimit_enabled: bool(false, 'Set it from the limit of the container.'),
      automemlimit_ratio: float(0.8, 'Part of the limit.', { max: 1 }),
    },
    goRuntime,
  ),
  server: serverSchema,
  internal_server: internalServerSchema,
  distributor: distributorSchema,
  ingester_client: componentClient('ingesters'),
  metrics_generator_client: componentClient('metrics-generators'),
  live_store_client: componentClient('live-stores'),
  querier: querierSchema,
  query_frontend: queryFrontendSchema,
  compactor: compactorSchema,
  ingester: ingesterSchema,
  metrics_generator: metricsGeneratorSchema,
  ingest: ingestSchema,
  block_builder: blockBuilderSchema,
  storage: storageSchema,
  overrides: overridesSchema,
  memberlist: memberlistSchema,
  usage_report: section('Anonymous usage reports to Grafana Labs.', {
    reporting_enabled: bool(true, 'Tempo sends reports; this implementation never does.'),
    backoff: backoff('100ms', '10s', 0, 'reports', { noEffect: 'nothing is ever reported' }),
  }),
  cache: cacheSchema,
  backend_scheduler: backendSchedulerSchema,
  backend_scheduler_client: backendSchedulerClientSchema,
  backend_worker: backendWorkerSchema,
  live_store: liveStoreSchema,
});

/** The whole configuration. Durations are in milliseconds, sizes in bytes. */
export interface TempoConfig extends ValueOf<typeof tempoSchema> {}

/** All keys by their last segment, for suggestions. */
export const tempoPaths = indexPaths(tempoSchema);
