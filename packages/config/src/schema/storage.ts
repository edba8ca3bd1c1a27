/** `storage`: blocks, the write-ahead log, and where blocks are kept. */
import { bool, choice, duration, float, int, secret, text } from '../scalar-fields.ts';
import { mapOf, optional, section } from '../composite-fields.ts';
import { backgroundCacheSchema, memcachedSchema, redisSchema } from './cache.ts';
import { dedicatedColumns, DEFAULT_DEDICATED_COLUMNS } from './dedicated-columns.ts';
import { tlsClientShape } from './tls.ts';

const v2 = { noEffect: 'only used by blocks of version v2, which are not written' } as const;
const ENCODINGS = [
  'none',
  'gzip',
  'lz4-64k',
  'lz4-256k',
  'lz4-1M',
  'lz4',
  'snappy',
  'zstd',
  's2',
] as const;

/** Versions of blocks Tempo knows; vParquet4 is the one written here. */
export const BLOCK_VERSIONS = ['vParquet4', 'vParquet5', 'vParquet3', 'v2', ''] as const;

export function blockShape(version: (typeof BLOCK_VERSIONS)[number] = 'vParquet4') {
  return {
    bloom_filter_false_positive: float(0.01, 'Part of look-ups that read a block in vain.', {
      max: 1,
    }),
    bloom_filter_shard_size_bytes: int(102_400, 'Size of one shard of the bloom filter.', {
      min: 1,
    }),
    version: choice(BLOCK_VERSIONS, version, 'Version of blocks written.', {
      later: 'blockVersions',
    }),
    search_encoding: choice(ENCODINGS, 'snappy', 'Encoding of v2 search data.', v2),
    search_page_size_bytes: int(1_048_576, 'Size of v2 search pages.', v2),
    v2_index_downsample_bytes: int(1_048_576, 'Bytes per v2 index record.', v2),
    v2_index_page_size_bytes: int(256_000, 'Size of v2 index pages.', v2),
    v2_encoding: choice(ENCODINGS, 'zstd', 'Encoding of v2 blocks.', v2),
    parquet_row_group_size_bytes: int(100_000_000, 'Size of a row group before compression.', {
      min: 1,
    }),
    parquet_dedicated_columns: dedicatedColumns(
      DEFAULT_DEDICATED_COLUMNS,
      'Attributes stored in columns of their own; int columns need vParquet5.',
    ),
  };
}

/** Keys Tempo does not have: how the pages of blocks are made. Readers, Tempo too, see no difference. */
function blockEncodingShape() {
  return {
    encoder: choice(
      ['native', 'arrow'],
      'native',
      'What encodes Parquet pages (not a key of Tempo): native is made for traces; arrow uses apache-arrow and parquet-wasm, at three times the CPU.',
    ),
    compression: choice(
      ['snappy', 'zstd'],
      'snappy',
      'Compression of Parquet pages (not a key of Tempo): zstd makes blocks a third smaller.',
    ),
    zstd_level: int(1, 'Level of zstd (not a key of Tempo): 1 is fast, 19 small.', {
      min: 1,
      max: 19,
    }),
  };
}

/** A write-ahead log of a component other than the ingester. */
export function walSchema(path: string, description: string) {
  return section(description, {
    path: text(path, 'Folder.'),
    v2_encoding: choice(ENCODINGS, 'none', 'Encoding of v2 blocks.', v2),
    search_encoding: choice(ENCODINGS, 'none', 'Encoding of v2 search data.', v2),
    ingestion_time_range_slack: duration('2m', 'Span times further away than this are clamped.'),
    version: choice(BLOCK_VERSIONS, 'vParquet4', 'Version of blocks written.'),
  });
}

const ingesterWal = section('The write-ahead log.', {
  path: text('/var/tempo/wal', 'Folder of the log and of blocks not uploaded yet.'),
  v2_encoding: choice(ENCODINGS, 'snappy', 'Encoding of v2 blocks.', v2),
  search_encoding: choice(ENCODINGS, 'none', 'Encoding of v2 search data.', v2),
  ingestion_time_range_slack: duration(
    '2m',
    'Span times further from now than this do not widen the time range of a block.',
  ),
  version: choice(
    BLOCK_VERSIONS,
    '',
    'Version of blocks written; empty means that of storage.trace.block.',
    {
      noEffect: 'the log holds received bytes, not blocks',
    },
  ),
});

/** How many bytes and blocks search reads. */
export function searchSchema() {
  return section('How search reads blocks.', {
    chunk_size_bytes: int(1_000_000, 'Bytes read at once from v2 blocks.', v2),
    prefetch_trace_count: int(1000, 'Traces read ahead from v2 blocks.', v2),
    read_buffer_count: int(32, 'Buffers per file.', { noEffect: 'exact ranges are read' }),
    read_buffer_size_bytes: int(1_048_576, 'Size of a buffer.', {
      noEffect: 'exact ranges are read',
    }),
    cache_control: section(
      'Deprecated choice of what is cached.',
      {
        footer: bool(false, 'Cache footers.'),
        column_index: bool(false, 'Cache column indexes.'),
        offset_index: bool(false, 'Cache offset indexes.'),
      },
      { later: 'caches' },
    ),
  });
}

const objectStores = { later: 'objectStores' } as const;

function hedgeShape() {
  return {
    hedge_requests_at: duration(
      '0s',
      'Wait before a request is sent a second time; 0 means never.',
    ),
    hedge_requests_up_to: int(2, 'Most requests for one thing.'),
  };
}

/** A folder of this machine. */
export function localBackend() {
  return section('The local disk.', { path: text('', 'Folder blocks are kept in.') });
}

export function gcsBackend() {
  return section(
    'Google Cloud Storage.',
    {
      bucket_name: text('', 'Bucket.'),
      prefix: text('', 'Prefix of object names.'),
      chunk_buffer_size: int(10_485_760, 'Bytes uploaded at once.'),
      endpoint: text('', 'Other endpoint.'),
      ...hedgeShape(),
      insecure: bool(false, 'Do not authenticate.'),
      object_cache_control: text('', 'Cache-Control of objects.'),
      object_metadata: mapOf(text('', 'Value.'), {}, 'Metadata of objects.'),
      list_blocks_concurrency: int(3, 'Lists read at once.'),
      max_retries: int(3, 'Attempts per request.'),
    },
    objectStores,
  );
}

export function s3Backend() {
  return section(
    'Amazon S3 and everything compatible with it.',
    {
      ...tlsClientShape('VersionTLS12'),
      bucket: text('', 'Bucket.'),
      prefix: text('', 'Prefix of object names.'),
      endpoint: text('', 'Endpoint without scheme.'),
      region: text('', 'Region.'),
      access_key: text('', 'Access key.'),
      secret_key: secret('Secret key.'),
      session_token: secret('Session token.'),
      insecure: bool(false, 'Speak HTTP instead of HTTPS.'),
      part_size: int(0, 'Bytes per part of an upload.'),
      ...hedgeShape(),
      signature_v2: bool(false, 'Sign requests in the old way.'),
      forcepathstyle: bool(false, 'Put the bucket into the path.'),
      enable_dual_stack: bool(false, 'Use the endpoints that have IPv6.'),
      bucket_lookup_type: int(0, '0 automatic, 1 in the host name, 2 in the path.', { max: 2 }),
      tags: mapOf(text('', 'Value.'), {}, 'Tags of objects.'),
      storage_class: text('', 'Storage class of objects.'),
      metadata: mapOf(text('', 'Value.'), {}, 'Metadata of objects.'),
      native_aws_auth_enabled: bool(false, 'No longer needed.', {
        noEffect: 'credentials are always looked up in the usual places',
      }),
      list_blocks_concurrency: int(3, 'Lists read at once.'),
      retry_max_attempts: int(10, 'Attempts per request (Tempo 3.0).'),
      retry_backoff_initial: duration('200ms', 'First wait before a repetition (Tempo 3.0).'),
      retry_backoff_max: duration('1s', 'Longest wait before a repetition (Tempo 3.0).'),
      sse: section('Encryption by the server.', {
        type: choice(['', 'SSE-S3', 'SSE-KMS', 'SSE-C'], '', 'Kind of the encryption.'),
        kms_key_id: text('', 'Key of SSE-KMS.'),
        kms_encryption_context: text('', 'Context of SSE-KMS, as JSON.'),
        encryption_key: secret('Key of SSE-C.'),
      }),
    },
    objectStores,
  );
}

export function azureBackend() {
  return section(
    'Azure Blob Storage.',
    {
      storage_account_name: text('', 'Account.'),
      storage_account_key: secret('Key of the account.'),
      use_managed_identity: bool(false, 'Use the identity of the machine.'),
      use_federated_token: bool(false, 'Use a workload identity.'),
      user_assigned_id: text('', 'Identity to use when the machine has several.'),
      container_name: text('', 'Container.'),
      prefix: text('', 'Prefix of object names.'),
      endpoint_suffix: text('blob.core.windows.net', 'Domain of the service.'),
      max_buffers: int(4, 'Parts uploaded at once.'),
      buffer_size: int(3_145_728, 'Bytes per part.'),
      ...hedgeShape(),
    },
    objectStores,
  );
}

/** Backends blocks can be kept in; empty when none was chosen. */
export const BACKENDS = ['', 'local', 's3', 'gcs', 'azure'] as const;

const legacyCache = {
  later: 'caches',
  deprecated: 'use the top-level section `cache`',
} as const;

const oneByOne = {
  noEffect: 'a tenant whose blocks cannot be listed keeps the list it had; the others go on',
} as const;

const traceSchema = section('Storage of traces.', {
  pool: section('Reading of blocks for trace look-ups.', {
    max_workers: int(400, 'Blocks read at once.', {
      min: 1,
      noEffect: 'as many blocks are read at once as the machine has processors for',
    }),
    queue_depth: int(20_000, 'Most reads waiting.', { min: 1 }),
  }),
  wal: ingesterWal,
  block: section('How blocks are written.', { ...blockShape(), ...blockEncodingShape() }),
  search: searchSchema(),
  blocklist_poll: duration('5m', 'Time between looks for new and removed blocks.', { min: 1 }),
  blocklist_poll_concurrency: int(50, 'Block descriptions read at once.'),
  blocklist_poll_tenant_concurrency: int(0, 'Tenants handled at once; 0 means 1.'),
  blocklist_poll_fallback: bool(true, 'List the blocks of a tenant whose index cannot be read.'),
  blocklist_poll_tenant_index_builders: int(2, 'Processes that write the index of a tenant.', {
    later: 'rings',
  }),
  blocklist_poll_stale_tenant_index: duration(
    '0s',
    'Age from which an index is not trusted; 0 means never.',
  ),
  blocklist_poll_jitter_ms: int(0, 'Random wait before each block description, in milliseconds.', {
    noEffect: 'blocklist_poll_concurrency bounds the load of a poll',
  }),
  blocklist_poll_tolerate_consecutive_errors: int(
    1,
    'Failures in a row of one tenant that are tolerated.',
    oneByOne,
  ),
  blocklist_poll_tolerate_tenant_failures: int(1, 'Tenants that may fail in one poll.', oneByOne),
  empty_tenant_deletion_enabled: bool(false, 'Remove what is left of tenants without blocks.', {
    later: 'compaction',
  }),
  empty_tenant_deletion_age: duration('0s', 'Age at which it is removed; 0 means 12h.', {
    later: 'compaction',
  }),
  backend: choice(BACKENDS, '', 'Where blocks are kept: local, s3, gcs or azure.'),
  local: localBackend(),
  gcs: gcsBackend(),
  s3: s3Backend(),
  azure: azureBackend(),
  cache: choice(['', 'memcached', 'redis'], '', 'Kind of the cache.', legacyCache),
  background_cache: backgroundCacheSchema(legacyCache),
  memcached: optional(memcachedSchema(legacyCache)),
  redis: optional(redisSchema(legacyCache)),
  cache_min_compaction_level: int(0, 'Compaction level from which bloom filters are cached.', {
    later: 'caches',
  }),
  cache_max_block_age: duration('0s', 'Age up to which bloom filters are cached; 0 means any.', {
    later: 'caches',
  }),
});

/** `storage`. */
export const storageSchema = section('Storage.', { trace: traceSchema });
