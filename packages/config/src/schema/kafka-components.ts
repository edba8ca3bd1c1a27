/** `block_builder`, `live_store`, `backend_scheduler`, `backend_worker`: Tempo 3.0's components. */
import { bool, duration, float, int, text } from '../scalar-fields.ts';
import { list, mapOf, section } from '../composite-fields.ts';
import { compactionSchema } from './compactor.ts';
import { backoff, grpcClient, GRPC_CLIENT_DEFAULTS } from './grpc-client.ts';
import { instanceRing, partitionRing, workerRing } from './ring.ts';
import { blockShape, walSchema } from './storage.ts';

/** `block_builder`. */
export const blockBuilderSchema = section(
  'Builds blocks from Kafka.',
  {
    instance_id: text('', 'Name of this instance; empty means the name of the machine.'),
    assigned_partitions: mapOf(
      list(int(0, 'Partition.'), [], 'Partitions.'),
      {},
      'Partitions by instance.',
    ),
    partitions_per_instance: int(0, 'Partitions of each instance.'),
    consume_cycle_duration: duration('5m', 'Time between cycles.'),
    max_consuming_bytes: int(5_000_000_000, 'Most bytes per cycle; 0 means no limit.'),
    block: section('How blocks are written.', {
      max_block_bytes: int(20_971_520, 'Largest block.'),
      ...blockShape(),
    }),
    wal: walSchema('/var/tempo/block-builder/traces', 'Write-ahead log.'),
  },
  { later: 'blockBuilder' },
);

/** `live_store`. */
export const liveStoreSchema = section(
  'Recent data from Kafka.',
  {
    ring: instanceRing('live-stores', ['eth0']),
    partition_ring: partitionRing('live-stores'),
    metrics: section('Metrics queries.', {
      time_overlap_cutoff: float(0.2, 'Overlap below which times are checked per span.', {
        max: 1,
      }),
    }),
    commit_interval: duration('5s', 'Time between commits; 0 means after every record.'),
    wal: walSchema('/var/tempo/live-store/traces', 'Write-ahead log.'),
    query_block_concurrency: int(10, 'Blocks read at once per query.'),
    complete_block_timeout: duration('1h', 'How long blocks are kept.'),
    complete_block_concurrency: int(2, 'Blocks completed at once.'),
    shutdown_marker_dir: text(
      '/var/tempo/live-store/shutdown-marker',
      'Folder of shutdown markers.',
    ),
    flush_check_period: duration('10s', 'Time between sweeps.'),
    flush_op_timeout: duration('5m', 'Longest duration of a completion.'),
    max_trace_live: duration('30s', 'A trace is cut at this age.'),
    max_trace_idle: duration('5s', 'A trace without new spans for this long is cut.'),
    max_live_traces_bytes: int(250_000_000, 'Most bytes of live traces.'),
    max_block_duration: duration('30m', 'Age at which the head becomes a block.'),
    max_block_bytes: int(104_857_600, 'Size at which the head becomes a block.'),
    block_config: section('How blocks are written.', blockShape('')),
    block_reclaim_grace: duration('2m', 'How long files of removed blocks stay (Tempo 3.0).'),
    readiness_target_lag: duration('0s', 'Lag at which it is ready; 0 means at once (Tempo 3.0).'),
    readiness_max_wait: duration('30m', 'Longest wait for that lag (Tempo 3.0).'),
    fail_on_high_lag: bool(true, 'Refuse queries the lag makes incomplete (Tempo 3.0).'),
    remove_owner_on_shutdown: bool(true, 'Give up the partition at shutdown (Tempo 3.0).'),
  },
  { later: 'liveStore' },
);

const scheduled = { later: 'backendScheduler' } as const;

/** `backend_scheduler`. */
export const backendSchedulerSchema = section(
  'Hands out compaction, retention and redaction jobs.',
  {
    work: section('The list of jobs.', {
      prune_age: duration('1h', 'Age at which finished jobs are forgotten.'),
      dead_job_timeout: duration('24h', 'Age at which running jobs count as failed.'),
    }),
    maintenance_interval: duration('1m', 'Time between clean-ups.'),
    backend_flush_interval: duration('1m', 'Time between uploads of the list.'),
    provider: section('Where jobs come from.', {
      retention: section('Retention.', { interval: duration('1h', 'Time between runs.') }),
      compaction: section('Compaction.', {
        measure_interval: duration('1m', 'Time between measurements.'),
        compaction: compactionSchema(scheduled),
        max_jobs_per_tenant: int(1000, 'Most jobs of a tenant in a row.'),
        min_input_blocks: int(2, 'Fewest blocks merged.'),
        max_input_blocks: int(4, 'Most blocks merged.'),
        max_compaction_level: int(0, 'Blocks of this level are left alone; 0 means none.'),
        min_cycle_interval: duration('30s', 'Shortest time between rounds over all tenants.'),
      }),
      redaction: section('Redaction of traces (Tempo 3.0).', {
        poll_interval: duration('2s', 'Time between looks for requests.'),
        rescan_delay: duration('5m', 'Wait before blocks are looked at again.'),
        max_rescan_generations: int(5, 'Most times they are looked at.'),
      }),
    }),
    job_timeout: duration('15s', 'How long a worker waits for a job.'),
    local_work_path: text('/var/tempo', 'Folder of the list.'),
  },
  scheduled,
);

/** `backend_scheduler_client`. */
export const backendSchedulerClientSchema = section(
  'Connection of workers to the scheduler.',
  { grpc_client_config: grpcClient(GRPC_CLIENT_DEFAULTS) },
  scheduled,
);

/** `backend_worker`. */
export const backendWorkerSchema = section(
  'Does the jobs of the scheduler.',
  {
    backend_scheduler_addr: text('', 'Address of the scheduler.'),
    backoff: backoff('100ms', '1m', 0, 'requests for jobs'),
    compaction: compactionSchema(scheduled),
    override_ring_key: text('backend-worker', 'Key of the ring in its store.'),
    ring: workerRing('workers'),
    finish_on_shutdown_timeout: duration('30s', 'Time given to the running job at shutdown.'),
  },
  scheduled,
);
