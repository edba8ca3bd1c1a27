/** Settings that are valid but probably not meant, as Tempo warns about them at start. */
import type { ConfigWarning } from './problem.ts';
import type { TempoConfig } from './schema/tempo-config.ts';

interface Rule {
  /** The key the warning is about. */
  readonly path: string;
  /** True when the warning applies. */
  readonly applies: (config: TempoConfig) => boolean;
  readonly message: string;
  readonly explain: string;
}

const V2_BUFFERS = {
  v2_in_buffer_bytes: 5_242_880,
  v2_out_buffer_bytes: 20_971_520,
  v2_prefetch_traces_count: 1000,
} as const;

const RULES: readonly Rule[] = [
  {
    path: 'ingester.complete_block_timeout',
    applies: ({ ingester, storage }) =>
      ingester.complete_block_timeout < storage.trace.blocklist_poll,
    message: 'ingester.complete_block_timeout is shorter than storage.trace.blocklist_poll',
    explain: 'a trace may not be found between the upload of its block and the next poll',
  },
  {
    path: 'compactor.compaction.compacted_block_retention',
    applies: ({ compactor, storage }) =>
      compactor.compaction.compacted_block_retention < storage.trace.blocklist_poll,
    message:
      'compactor.compaction.compacted_block_retention is shorter than storage.trace.blocklist_poll',
    explain: 'queriers and compactors may look for a block that no longer exists',
  },
  {
    path: 'compactor.compaction.retention_concurrency',
    applies: ({ compactor }) => compactor.compaction.retention_concurrency === 0,
    message: 'compactor.compaction.retention_concurrency must be greater than zero',
    explain: 'the default of 10 is used',
  },
  {
    path: 'compactor.compaction.v2_out_buffer_bytes',
    applies: ({ compactor, storage }) =>
      storage.trace.backend === 's3' && compactor.compaction.v2_out_buffer_bytes < 5_242_880,
    message: 'compactor.compaction.v2_out_buffer_bytes is below 5242880',
    explain: 'parts uploaded to S3 have at least 5 MiB',
  },
  {
    path: 'storage.trace.blocklist_poll_concurrency',
    applies: ({ storage }) => storage.trace.blocklist_poll_concurrency === 0,
    message: 'storage.trace.blocklist_poll_concurrency must be greater than zero',
    explain: 'the default of 50 is used',
  },
  {
    path: 'distributor.log_received_spans.enabled',
    applies: ({ distributor }) => distributor.log_received_spans.enabled,
    message: 'span logging is enabled',
    explain: 'it is made for debugging and writes a line per span',
  },
  {
    path: 'distributor.log_discarded_spans.enabled',
    applies: ({ distributor }) => distributor.log_discarded_spans.enabled,
    message: 'logging of discarded spans is enabled',
    explain: 'it is made for debugging and writes a line per span',
  },
  {
    path: 'storage.trace.backend',
    applies: ({ storage, target }) => storage.trace.backend === 'local' && !runsEverything(target),
    message: 'the local backend is used by components in separate processes',
    explain: 'traces are only found when all of them share the same disk',
  },
  {
    path: 'query_frontend.mcp_server.enabled',
    applies: ({ query_frontend }) => query_frontend.mcp_server.enabled,
    message: 'query_frontend.mcp_server is enabled',
    explain: 'tracing data is handed to the language models that ask for it',
  },
  ...Object.entries(V2_BUFFERS).map(([key, usual]) => ({
    path: `compactor.compaction.${key}`,
    applies: ({ compactor, storage }: TempoConfig) =>
      storage.trace.block.version !== 'v2' &&
      compactor.compaction[key as keyof typeof V2_BUFFERS] !== usual,
    message: `compactor.compaction.${key} is set, but blocks are not of version v2`,
    explain: 'the setting is only used for v2 blocks',
  })),
  {
    path: 'storage.trace.block.v2_index_downsample_bytes',
    applies: ({ storage: { trace } }) =>
      trace.block.version !== 'v2' && trace.block.v2_index_downsample_bytes !== 1_048_576,
    message:
      'storage.trace.block.v2_index_downsample_bytes is set, but blocks are not of version v2',
    explain: 'the setting is only used for v2 blocks',
  },
  {
    path: 'storage.trace.block.v2_index_page_size_bytes',
    applies: ({ storage: { trace } }) =>
      trace.block.version !== 'v2' && trace.block.v2_index_page_size_bytes !== 256_000,
    message:
      'storage.trace.block.v2_index_page_size_bytes is set, but blocks are not of version v2',
    explain: 'the setting is only used for v2 blocks',
  },
  {
    path: 'overrides.user_configurable_overrides.client',
    applies: storesOverridesAmongTraces,
    message: 'traces and user-configurable overrides are stored in the same place',
    explain: 'give one of them another bucket, prefix or path',
  },
  {
    path: 'storage.trace.s3.native_aws_auth_enabled',
    applies: ({ storage: { trace } }) => trace.backend === 's3' && trace.s3.native_aws_auth_enabled,
    message: 'storage.trace.s3.native_aws_auth_enabled is deprecated',
    explain: 'it is no longer needed and ignored',
  },
  {
    path: 'query_frontend.trace_by_id.concurrent_shards',
    applies: ({ query_frontend: { trace_by_id } }) =>
      trace_by_id.concurrent_shards > trace_by_id.query_shards,
    message: 'query_frontend.trace_by_id.concurrent_shards is greater than query_shards',
    explain: 'query_shards is used instead',
  },
  {
    path: 'block_builder.wal.version',
    applies: ({ block_builder }) => block_builder.block.version !== block_builder.wal.version,
    message: 'block_builder.block.version and block_builder.wal.version differ',
    explain: 'the version of the block is used for both',
  },
  {
    path: 'backend_scheduler.work.prune_age',
    applies: ({ backend_scheduler, storage }) =>
      backend_scheduler.work.prune_age <= storage.trace.blocklist_poll * 2,
    message:
      'backend_scheduler.work.prune_age is not longer than twice storage.trace.blocklist_poll',
    explain: 'blocks that were merged may be merged again before the next poll shows it',
  },
  {
    path: 'block_builder.assigned_partitions',
    applies: ({ block_builder }) =>
      Object.keys(block_builder.assigned_partitions).length > 0 &&
      block_builder.partitions_per_instance > 0,
    message: 'block_builder.assigned_partitions and partitions_per_instance are both set',
    explain: 'assigned_partitions is used',
  },
];

/** True when one process of this target runs all components. */
export function runsEverything(target: TempoConfig['target']): boolean {
  return target === 'all' || target === 'all-3.0';
}

function storesOverridesAmongTraces({ storage: { trace }, overrides }: TempoConfig): boolean {
  const { client } = overrides.user_configurable_overrides;
  if (trace.backend !== client.backend) return false;
  switch (trace.backend) {
    case 'local':
      return trace.local.path === client.local.path;
    case 'gcs':
      return (
        trace.gcs.bucket_name === client.gcs.bucket_name && trace.gcs.prefix === client.gcs.prefix
      );
    case 's3':
      return trace.s3.bucket === client.s3.bucket && trace.s3.prefix === client.s3.prefix;
    case 'azure':
      return (
        trace.azure.container_name === client.azure.container_name &&
        trace.azure.prefix === client.azure.prefix
      );
    case '':
      return false;
  }
}

/** Warnings about `config`, in a fixed order, without places. */
export function findSuspectSettings(
  config: TempoConfig,
): readonly Pick<ConfigWarning, 'path' | 'message' | 'explain'>[] {
  return RULES.filter((rule) => rule.applies(config)).map(({ path, message, explain }) => ({
    path,
    message,
    explain,
  }));
}
