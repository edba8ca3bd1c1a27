/**
 * What is used instead of what is configured, where Tempo does not take a value as it is: names
 * that were replaced, zeros that mean the default, and everything that goes without saying when
 * all components run in one process.
 */
import { runsEverything } from './config-warnings.ts';
import type { TempoConfig } from './schema/tempo-config.ts';

/** `config` as it is used. Settling it again changes nothing. */
export function settleConfig(config: TempoConfig): TempoConfig {
  const { trace } = config.storage;
  const { compaction } = config.compactor;
  const { trace_by_id } = config.query_frontend;
  const shards = Math.min(trace_by_id.concurrent_shards, trace_by_id.query_shards);
  const settled: TempoConfig = {
    ...config,
    multitenancy_enabled: config.multitenancy_enabled || config.auth_enabled,
    compactor: {
      ...config.compactor,
      compaction: {
        ...compaction,
        retention_concurrency: compaction.retention_concurrency || 10,
      },
    },
    query_frontend: {
      ...config.query_frontend,
      trace_by_id: { ...trace_by_id, concurrent_shards: shards },
    },
    storage: {
      trace: { ...trace, blocklist_poll_concurrency: trace.blocklist_poll_concurrency || 50 },
    },
  };
  return runsEverything(config.target) ? settleRings(settled) : settled;
}

interface Ring {
  readonly kvstore: { readonly store: string };
}

/** In one process rings are in memory and there is one of each component. */
function settleRings(config: TempoConfig): TempoConfig {
  const { ingester, metrics_generator, live_store, backend_worker } = config;
  const ring = { ...withStore(ingester.lifecycler.ring, 'inmemory'), replication_factor: 1 };
  return {
    ...config,
    ingester: {
      ...ingester,
      lifecycler: { ...ingester.lifecycler, address: LOOPBACK, ring },
    },
    metrics_generator: {
      ...metrics_generator,
      ring: { ...withStore(metrics_generator.ring, 'inmemory'), instance_addr: LOOPBACK },
    },
    live_store: {
      ...live_store,
      ring: { ...withStore(live_store.ring, 'inmemory'), instance_addr: LOOPBACK },
      partition_ring: withStore(live_store.partition_ring, 'inmemory'),
    },
    backend_worker: { ...backend_worker, ring: withStore(backend_worker.ring, '') },
  };
}

const LOOPBACK = '127.0.0.1';

function withStore<R extends Ring>(ring: R, store: 'inmemory' | ''): R {
  return { ...ring, kvstore: { ...ring.kvstore, store } };
}
