import { describe, expect, it } from '@jest/globals';
import { tempoSchema } from './tempo-config.ts';

/** Default of the key at `path`, as Tempo writes it. */
function defaultAt(path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) => (value as Readonly<Record<string, unknown>>)[key],
      tempoSchema.write(tempoSchema.default, { path: '' }),
    );
}

/** Defaults of Tempo 2.10, by section. */
const TEMPO: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  '': { target: 'all', http_api_prefix: '', multitenancy_enabled: false, shutdown_delay: '0s' },
  server: {
    http_listen_port: 3200,
    grpc_listen_port: 9095,
    graceful_shutdown_timeout: '30s',
    http_server_read_timeout: '30s',
    http_server_write_timeout: '30s',
    http_server_idle_timeout: '2m0s',
    grpc_server_max_recv_msg_size: 16_777_216,
    grpc_server_max_send_msg_size: 16_777_216,
    grpc_server_max_concurrent_streams: 100,
    grpc_server_keepalive_time: '2h0m0s',
    grpc_server_keepalive_timeout: '20s',
    log_format: 'logfmt',
    log_level: 'info',
    register_instrumentation: true,
  },
  internal_server: { enable: false, http_listen_port: 3101 },
  distributor: {
    receivers: {},
    extend_writes: true,
    retry_after_on_resource_exhausted: '0s',
    max_attribute_bytes: 2048,
    ingester_write_path_enabled: true,
    kafka_write_path_enabled: false,
  },
  'distributor.usage.cost_attribution': {
    enabled: false,
    max_cardinality: 10_000,
    stale_duration: '15m0s',
  },
  'ingester_client.pool_config': {
    checkinterval: '15s',
    healthcheckenabled: true,
    healthchecktimeout: '1s',
  },
  'ingester_client.grpc_client_config': {
    max_recv_msg_size: 104_857_600,
    max_send_msg_size: 104_857_600,
    grpc_compression: 'snappy',
  },
  ingester: {
    trace_idle_period: '5s',
    trace_live_period: '30s',
    flush_check_period: '10s',
    max_block_duration: '30m0s',
    max_block_bytes: 524_288_000,
    complete_block_timeout: '15m0s',
    concurrent_flushes: 4,
    flush_op_timeout: '5m0s',
    flush_all_on_shutdown: false,
    flush_object_storage: true,
    override_ring_key: 'ring',
  },
  'ingester.lifecycler': { num_tokens: 128, heartbeat_period: '5s', min_ready_duration: '15s' },
  'ingester.lifecycler.ring': { replication_factor: 1, heartbeat_timeout: '5m0s' },
  querier: { max_concurrent_queries: 20, extra_query_delay: '0s', query_relevant_ingesters: false },
  'querier.search': { query_timeout: '30s' },
  'querier.trace_by_id': { query_timeout: '10s' },
  'querier.metrics': { concurrent_blocks: 2, time_overlap_cutoff: 0.2 },
  'querier.partition_ring': { minimize_requests: true, hedging_delay: '3s' },
  'querier.frontend_worker': {
    parallelism: 2,
    match_max_concurrent: true,
    dns_lookup_duration: '10s',
  },
  query_frontend: {
    max_outstanding_per_tenant: 2000,
    max_batch_size: 7,
    max_retries: 2,
    multi_tenant_queries_enabled: true,
    response_consumers: 10,
    api_timeout: '0s',
    max_query_expression_size_bytes: 131_072,
    query_end_cutoff: '0s',
  },
  'query_frontend.search': {
    concurrent_jobs: 1000,
    target_bytes_per_job: 104_857_600,
    default_result_limit: 20,
    max_result_limit: 262_144,
    max_duration: '168h0m0s',
    query_backend_after: '15m0s',
    query_ingesters_until: '30m0s',
    ingester_shards: 3,
    most_recent_shards: 200,
    default_spans_per_span_set: 3,
    max_spans_per_span_set: 100,
    duration_slo: '0s',
    throughput_bytes_slo: 0,
  },
  'query_frontend.trace_by_id': { query_shards: 50, external_enabled: false },
  'query_frontend.metrics': {
    concurrent_jobs: 1000,
    target_bytes_per_job: 104_857_600,
    max_duration: '3h0m0s',
    query_backend_after: '30m0s',
    interval: '5m0s',
    max_exemplars: 100,
    max_response_series: 0,
    streaming_shards: 200,
    max_intervals: 10_000,
  },
  'query_frontend.weights': {
    request_with_weights: true,
    retry_with_weights: true,
    max_traceql_conditions: 4,
    max_regex_conditions: 1,
  },
  'compactor.compaction': {
    compaction_window: '1h0m0s',
    max_compaction_objects: 6_000_000,
    max_block_bytes: 107_374_182_400,
    block_retention: '336h0m0s',
    compacted_block_retention: '1h0m0s',
    retention_concurrency: 10,
    max_time_per_tenant: '5m0s',
    compaction_cycle: '30s',
  },
  metrics_generator: {
    metrics_ingestion_time_range_slack: '30s',
    query_timeout: '30s',
    limiter_type: 'series',
    codec: 'push-bytes',
    ingest_concurrency: 16,
  },
  'metrics_generator.registry': {
    collection_interval: '15s',
    stale_duration: '15m0s',
    max_label_name_length: 1024,
    max_label_value_length: 2048,
  },
  'metrics_generator.processor.service_graphs': {
    wait: '10s',
    max_items: 10_000,
    workers: 10,
    histogram_buckets: [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8],
    peer_attributes: ['peer.service', 'db.name', 'db.system'],
    database_name_attributes: ['db.namespace', 'db.name', 'db.system'],
  },
  'metrics_generator.processor.span_metrics': {
    histogram_buckets: [
      0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192,
      16.384,
    ],
    enable_instance_label: true,
    enable_target_info: false,
  },
  'metrics_generator.processor.local_blocks': {
    flush_check_period: '10s',
    trace_idle_period: '5s',
    trace_live_period: '30s',
    max_block_duration: '1m0s',
    max_block_bytes: 500_000_000,
    concurrency: 4,
    complete_block_timeout: '1h0m0s',
    max_live_traces: 0,
    max_live_traces_bytes: 250_000_000,
    filter_server_spans: true,
    flush_to_storage: false,
    concurrent_blocks: 10,
    time_overlap_cutoff: 0.2,
  },
  'metrics_generator.storage.wal': {
    wal_segment_size: 134_217_728,
    wal_compression: 'none',
    stripe_size: 16_384,
    truncate_frequency: '2h0m0s',
    min_wal_time: 300_000,
    max_wal_time: 14_400_000,
  },
  'ingest.kafka': {
    address: 'localhost:9092',
    dial_timeout: '2s',
    write_timeout: '10s',
    auto_create_topic_default_partitions: 1000,
    producer_max_record_size_bytes: 15_983_616,
    producer_max_buffered_bytes: 1_073_741_824,
  },
  'storage.trace': {
    backend: '',
    blocklist_poll: '5m0s',
    blocklist_poll_concurrency: 50,
    blocklist_poll_fallback: true,
    blocklist_poll_tenant_index_builders: 2,
    blocklist_poll_stale_tenant_index: '0s',
    blocklist_poll_jitter_ms: 0,
    blocklist_poll_tolerate_consecutive_errors: 1,
    blocklist_poll_tolerate_tenant_failures: 1,
    empty_tenant_deletion_enabled: false,
  },
  'storage.trace.wal': {
    path: '/var/tempo/wal',
    ingestion_time_range_slack: '2m0s',
    v2_encoding: 'snappy',
  },
  'storage.trace.pool': { max_workers: 400, queue_depth: 20_000 },
  'storage.trace.block': {
    version: 'vParquet4',
    bloom_filter_false_positive: 0.01,
    bloom_filter_shard_size_bytes: 102_400,
    parquet_row_group_size_bytes: 100_000_000,
  },
  'storage.trace.s3': {
    hedge_requests_at: '0s',
    hedge_requests_up_to: 2,
    list_blocks_concurrency: 3,
  },
  'storage.trace.gcs': { chunk_buffer_size: 10_485_760, max_retries: 3 },
  'storage.trace.azure': {
    endpoint_suffix: 'blob.core.windows.net',
    max_buffers: 4,
    buffer_size: 3_145_728,
  },
  'overrides.defaults.ingestion': {
    rate_strategy: 'local',
    rate_limit_bytes: 15_000_000,
    burst_size_bytes: 20_000_000,
    max_traces_per_user: 10_000,
    max_global_traces_per_user: 0,
    retry_info_enabled: true,
  },
  'overrides.defaults.read': {
    max_bytes_per_tag_values_query: 1_000_000,
    max_search_duration: '0s',
  },
  'overrides.defaults.global': { max_bytes_per_trace: 5_000_000 },
  overrides: { per_tenant_override_config: '', per_tenant_override_period: '10s' },
  memberlist: {
    bind_port: 7946,
    gossip_interval: '1s',
    gossip_nodes: 2,
    pull_push_interval: '30s',
    left_ingesters_timeout: '5m0s',
    leave_timeout: '20s',
    max_join_retries: 10,
    join_members: '',
  },
  'cache.background': { writeback_goroutines: 10, writeback_buffer: 10_000 },
  backend_scheduler: {
    maintenance_interval: '1m0s',
    job_timeout: '15s',
    local_work_path: '/var/tempo',
  },
  'backend_scheduler.work': { prune_age: '1h0m0s', dead_job_timeout: '24h0m0s' },
  live_store: {
    complete_block_timeout: '1h0m0s',
    max_live_traces_bytes: 250_000_000,
    max_block_bytes: 104_857_600,
    commit_interval: '5s',
  },
  block_builder: { consume_cycle_duration: '5m0s', max_consuming_bytes: 5_000_000_000 },
};

describe('defaults', () => {
  it.each(Object.entries(TEMPO))('%p has those of Tempo 2.10', (section, expected) => {
    const paths = Object.keys(expected);
    const actual = paths.map((key) => [key, defaultAt(section === '' ? key : `${section}.${key}`)]);
    expect(Object.fromEntries(actual)).toEqual(expected);
  });

  it('the dedicated columns are those of Tempo 2.10', () => {
    const columns = defaultAt('storage.trace.block.parquet_dedicated_columns') as {
      name: string;
    }[];
    expect(columns).toHaveLength(14);
    expect(columns[0]).toEqual({
      scope: 'resource',
      name: 'k8s.cluster.name',
      type: 'string',
      options: [],
    });
    expect(columns[13]).toEqual({
      scope: 'span',
      name: 'http.status_code',
      type: 'int',
      options: [],
    });
  });
});
