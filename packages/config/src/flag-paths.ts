/** Which key each flag sets. Names are Tempo's; most differ from their keys for history's sake. */

const CORE: Readonly<Record<string, string>> = {
  target: 'target',
  'auth.enabled': 'auth_enabled',
  'multitenancy.enabled': 'multitenancy_enabled',
  'http-api-prefix': 'http_api_prefix',
  'enable-go-runtime-metrics': 'enable_go_runtime_metrics',
  'shutdown-delay': 'shutdown_delay',
  'span-profiling': 'span_profiling',
  'log.level': 'server.log_level',
  'server.http-listen-port': 'server.http_listen_port',
  'server.grpc-listen-port': 'server.grpc_listen_port',
  'memberlist.host-port': 'memberlist.join_members',
  'memberlist.bind-port': 'memberlist.bind_port',
  'reporting.enabled': 'usage_report.reporting_enabled',
  'config.per-user-override-config': 'overrides.per_tenant_override_config',
  'config.per-user-override-period': 'overrides.per_tenant_override_period',
  'config.enable-legacy-overrides': 'overrides.enable_legacy_overrides',
};

const DISTRIBUTOR: Readonly<Record<string, string>> = {
  'distributor.rate-limit-strategy': 'overrides.defaults.ingestion.rate_strategy',
  'distributor.ingestion-rate-limit-bytes': 'overrides.defaults.ingestion.rate_limit_bytes',
  'distributor.ingestion-burst-size-bytes': 'overrides.defaults.ingestion.burst_size_bytes',
  ...logSpansFlags('received'),
  ...logSpansFlags('discarded'),
};

function logSpansFlags(which: string): Record<string, string> {
  return {
    [`distributor.log-${which}-spans.enabled`]: `distributor.log_${which}_spans.enabled`,
    [`distributor.log-${which}-spans.include-attributes`]: `distributor.log_${which}_spans.include_all_attributes`,
    [`distributor.log-${which}-spans.filter-by-status-error`]: `distributor.log_${which}_spans.filter_by_status_error`,
  };
}

const INGESTER: Readonly<Record<string, string>> = {
  'ingester.trace-idle-period': 'ingester.trace_idle_period',
  'ingester.max-block-duration': 'ingester.max_block_duration',
  'ingester.max-block-bytes': 'ingester.max_block_bytes',
  'ingester.complete-block-timeout': 'ingester.complete_block_timeout',
  'ingester.availability-zone': 'ingester.lifecycler.availability_zone',
  'ingester.max-traces-per-user': 'overrides.defaults.ingestion.max_traces_per_user',
  'ingester.max-global-traces-per-user': 'overrides.defaults.ingestion.max_global_traces_per_user',
  'ingester.max-bytes-per-trace': 'overrides.defaults.global.max_bytes_per_trace',
  ...partitionRingFlags('ingester'),
};

function partitionRingFlags(component: 'ingester' | 'live-store'): Record<string, string> {
  const section = component.replace('-', '_');
  return {
    [`${component}.partition-ring.min-partition-owners-count`]: `${section}.partition_ring.min_partition_owners_count`,
    [`${component}.partition-ring.min-partition-owners-duration`]: `${section}.partition_ring.min_partition_owners_duration`,
    [`${component}.partition-ring.delete-inactive-partition-after`]: `${section}.partition_ring.delete_inactive_partition_after`,
  };
}

const QUERIES: Readonly<Record<string, string>> = {
  'querier.frontend-address': 'querier.frontend_worker.frontend_address',
  'querier.max-bytes-per-tag-values-query':
    'overrides.defaults.read.max_bytes_per_tag_values_query',
  'querier.max-blocks-per-tag-values-query':
    'overrides.defaults.read.max_blocks_per_tag_values_query',
  'querier.max-condition-groups-per-tag-query':
    'overrides.defaults.read.max_condition_groups_per_tag_query',
  'query-frontend.mcp-server.enabled': 'query_frontend.mcp_server.enabled',
};

const WORKERS: Readonly<Record<string, string>> = {
  'compactor.disabled': 'compactor.disabled',
  // The doubled name is Tempo's.
  ...compactionFlags('compactor.compaction.compaction', 'compactor.compaction'),
  ...compactionFlags('backend-worker.compaction.compaction', 'backend_worker.compaction'),
  ...compactionFlags('backend-worker.compaction', 'backend_worker.compaction'),
  'backend-worker.backoff-min-period': 'backend_worker.backoff.min_period',
  'backend-worker.backoff-max-period': 'backend_worker.backoff.max_period',
  'backend-worker.backoff-retries': 'backend_worker.backoff.max_retries',
  'backend-worker.finish-on-shutdown-timeout': 'backend_worker.finish_on_shutdown_timeout',
  'block-builder.instance-id': 'block_builder.instance_id',
  'block-builder.assigned-partitions': 'block_builder.assigned_partitions',
  'block-builder.partitions-per-instance': 'block_builder.partitions_per_instance',
  'block-builder.consume-cycle-duration': 'block_builder.consume_cycle_duration',
  'block-builder.max-bytes-per-cycle': 'block_builder.max_consuming_bytes',
  'block-builder.wal.path': 'block_builder.wal.path',
  ...partitionRingFlags('live-store'),
  'live-store.complete-block-timeout': 'live_store.complete_block_timeout',
  'live-store.concurrent-blocks': 'live_store.query_block_concurrency',
  'live-store.metrics.time-overlap-cutoff': 'live_store.metrics.time_overlap_cutoff',
  'live-store.wal.path': 'live_store.wal.path',
  'live-store.shutdown_marker_dir': 'live_store.shutdown_marker_dir',
  'live-store.readiness-target-lag': 'live_store.readiness_target_lag',
  'live-store.readiness-max-wait': 'live_store.readiness_max_wait',
  'live-store.remove-owner-on-shutdown': 'live_store.remove_owner_on_shutdown',
};

function compactionFlags(prefix: string, section: string): Record<string, string> {
  return {
    [`${prefix}.block-retention`]: `${section}.block_retention`,
    [`${prefix}.max-objects-per-block`]: `${section}.max_compaction_objects`,
    [`${prefix}.max-block-bytes`]: `${section}.max_block_bytes`,
    [`${prefix}.compaction-window`]: `${section}.compaction_window`,
  };
}

const GENERATOR: Readonly<Record<string, string>> = {
  'generator.instance-id': 'metrics_generator.instance_id',
  'generator.instance-availability-zone': 'metrics_generator.ring.instance_zone',
  'generator.leave-consumer-group-on-shutdown':
    'metrics_generator.leave_consumer_group_on_shutdown',
  'metrics-generator.native-histogram-bucket-factor':
    'overrides.defaults.metrics_generator.native_histogram_bucket_factor',
  'metrics-generator.native-histogram-max-bucket-number':
    'overrides.defaults.metrics_generator.native_histogram_max_bucket_number',
  'metrics-generator.native-histogram-min-reset-duration':
    'overrides.defaults.metrics_generator.native_histogram_min_reset_duration',
};

const KAFKA_KEYS = [
  'address',
  'topic',
  'client_id',
  'dial_timeout',
  'write_timeout',
  'sasl_username',
  'sasl_password',
  'consumer_group',
  'consumer_group_offset_commit_interval',
  'last_produced_offset_retry_timeout',
  'auto_create_topic_enabled',
  'auto_create_topic_default_partitions',
  'producer_max_record_size_bytes',
  'producer_max_buffered_bytes',
  'target_consumer_lag_at_startup',
  'max_consumer_lag_at_startup',
  'disable_kafka_telemetry',
];

const KAFKA: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    KAFKA_KEYS.map((key) => [`ingest.kafka.${key.replaceAll('_', '-')}`, `ingest.kafka.${key}`]),
  ),
  'ingest.kafka.consumer_group_lag_metric_update_interval':
    'ingest.kafka.consumer_group_lag_metric_update_interval',
};

/** Flags below `-storage.trace.` whose name is that of the key. */
const STORAGE_KEYS = [
  'backend',
  'blocklist_poll',
  'wal.path',
  'local.path',
  's3.bucket',
  's3.prefix',
  's3.endpoint',
  's3.access_key',
  's3.secret_key',
  's3.session_token',
  's3.tls_min_version',
  's3.list_blocks_concurrency',
  's3.sse.type',
  'gcs.prefix',
  'gcs.list_blocks_concurrency',
  'gcs.max_retries',
  'azure.storage_account_name',
  'azure.storage_account_key',
  'azure.container_name',
  'azure.prefix',
  'azure.max_buffers',
];

const STORAGE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    STORAGE_KEYS.map((key) => [`storage.trace.${key}`, `storage.trace.${key}`]),
  ),
  'storage.trace.pool.max-workers': 'storage.trace.pool.max_workers',
  'storage.trace.pool.queue-depth': 'storage.trace.pool.queue_depth',
  'storage.trace.gcs.bucket': 'storage.trace.gcs.bucket_name',
  'storage.trace.azure.endpoint': 'storage.trace.azure.endpoint_suffix',
  'storage.trace.s3.sse.kms-key-id': 'storage.trace.s3.sse.kms_key_id',
  'storage.trace.s3.sse.kms-encryption-context': 'storage.trace.s3.sse.kms_encryption_context',
  'storage.trace.s3.sse.encryption-key': 'storage.trace.s3.sse.encryption_key',
  'storage.trace.block.v2-bloom-filter-false-positive':
    'storage.trace.block.bloom_filter_false_positive',
  'storage.trace.block.v2-bloom-filter-shard-size-bytes':
    'storage.trace.block.bloom_filter_shard_size_bytes',
  'storage.trace.block.v2-index-downsample-bytes': 'storage.trace.block.v2_index_downsample_bytes',
  'storage.trace.block.v2-index-page-size-bytes': 'storage.trace.block.v2_index_page_size_bytes',
};

/** Flag without its dash → dotted path of the key it sets. */
export const FLAG_PATHS: ReadonlyMap<string, string> = new Map(
  [CORE, DISTRIBUTOR, INGESTER, QUERIES, WORKERS, GENERATOR, KAFKA, STORAGE].flatMap((group) =>
    Object.entries(group),
  ),
);
