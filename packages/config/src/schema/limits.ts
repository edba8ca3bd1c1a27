/**
 * The limits of a tenant: `overrides.defaults` and the entries of the per-tenant file have this
 * form. An entry of the per-tenant file does not build on the defaults: what it leaves out is zero.
 */
import { bool, choice, duration, float, int, secret, text } from '../scalar-fields.ts';
import { list, mapOf, optional, section } from '../composite-fields.ts';
import type { ValueOf } from '../field.ts';
import { dedicatedColumns } from './dedicated-columns.ts';
import { buckets, dimensionMappings, filterPolicies, names } from './metrics-generator.ts';

const generator = { later: 'metricsGenerator' } as const;
const days = { days: true } as const;

const ingestion = section('Limits on receiving.', {
  rate_strategy: choice(
    ['local', 'global', ''],
    'local',
    'Whether rate_limit_bytes holds for one distributor or for all together; defaults only.',
  ),
  rate_limit_bytes: int(15_000_000, 'Bytes received per second; 0 refuses everything.'),
  burst_size_bytes: int(
    20_000_000,
    'Bytes that may exceed the rate at once; also the largest request.',
  ),
  max_traces_per_user: int(10_000, 'Live traces per ingester; 0 means no limit.'),
  max_global_traces_per_user: int(0, 'Live traces over all ingesters; 0 means no limit.'),
  tenant_shard_size: int(0, 'Ingesters the tenant is spread over; 0 means all.', {
    later: 'rings',
  }),
  max_attribute_bytes: int(
    0,
    'Attribute keys and string values are cut to this many bytes; 0 means distributor.max_attribute_bytes.',
  ),
  artificial_delay: optional(
    duration('0s', 'Answers take at least this long; distributor.artificial_delay when absent.'),
  ),
  retry_info_enabled: bool(true, 'Tell senders over their rate how long to wait.'),
});

const read = section('Limits on queries.', {
  max_bytes_per_tag_values_query: int(
    1_000_000,
    'Most bytes of tag values per answer; 0 means no limit.',
  ),
  max_blocks_per_tag_values_query: int(0, 'Most blocks read for tag values; 0 means no limit.'),
  max_condition_groups_per_tag_query: int(
    100,
    'Most alternatives in the filter of a tag query; 0 means no limit (Tempo 3.0).',
    { noEffect: 'query_frontend.max_query_expression_size_bytes bounds them' },
  ),
  max_search_duration: duration(
    '0s',
    'Longest time range of a search; 0 means query_frontend.search.max_duration.',
    days,
  ),
  max_metrics_duration: duration(
    '0s',
    'Longest time range of a metrics query; 0 means query_frontend.metrics.max_duration.',
    days,
  ),
  unsafe_query_hints: bool(false, 'Allow query hints that change how queries run.', {
    noEffect: 'such hints change nothing: every answer is exact',
  }),
  left_pad_trace_ids: bool(false, 'Search answers trace ids with leading zeros (Tempo 3.0).'),
  metrics_spanonly_fetch: optional(
    bool(false, 'Read single spans instead of traces (Tempo 3.0).', {
      noEffect: 'what a query needs is read, and no more',
    }),
  ),
});

const compaction = section('Limits on stored data.', {
  block_retention: duration(
    '0s',
    'Age at which blocks are removed; 0 means that of the compactor.',
    days,
  ),
  compaction_window: duration('0s', 'Window of compaction; 0 means that of the compactor.', {
    ...days,
    later: 'compaction',
  }),
  compaction_disabled: bool(false, 'Neither merge nor remove blocks.'),
});

const processor = section('Settings of processors; absent ones come from metrics_generator.', {
  service_graphs: section('Service graphs.', {
    histogram_buckets: optional(buckets([])),
    dimensions: optional(names([], 'Attributes that become labels.')),
    peer_attributes: optional(names([], 'Attributes naming the other side.')),
    filter_policies: optional(filterPolicies),
    enable_client_server_prefix: optional(bool(false, 'Put client_ or server_ before labels.')),
    enable_messaging_system_latency_histogram: optional(
      bool(false, 'Time between producer and consumer.'),
    ),
    enable_virtual_node_label: optional(bool(false, 'Add the label virtual_node.')),
    span_multiplier_key: optional(text('', 'Attribute holding the sampling probability.')),
    enable_tracestate_span_multiplier: optional(
      bool(false, 'Take the probability from tracestate.'),
    ),
  }),
  span_metrics: section('Span metrics.', {
    histogram_buckets: optional(buckets([])),
    dimensions: optional(names([], 'Attributes that become labels.')),
    intrinsic_dimensions: optional(
      mapOf(bool(false, 'Whether the label is there.'), {}, 'Labels every metric has.'),
    ),
    filter_policies: optional(filterPolicies),
    dimension_mappings: optional(dimensionMappings),
    enable_target_info: optional(bool(false, 'Write traces_target_info.')),
    target_info_excluded_dimensions: optional(
      names([], 'Attributes left out of traces_target_info.'),
    ),
    enable_instance_label: optional(bool(false, 'Label instance.')),
    span_multiplier_key: optional(text('', 'Attribute holding the sampling probability.')),
    enable_tracestate_span_multiplier: optional(
      bool(false, 'Take the probability from tracestate.'),
    ),
  }),
  local_blocks: section('Local blocks; 0 means that of metrics_generator.', {
    max_live_traces: int(0, 'Most live traces.'),
    max_block_duration: duration('0s', 'Age at which the head becomes a block.'),
    max_block_bytes: int(0, 'Size at which the head becomes a block.'),
    flush_check_period: duration('0s', 'Time between sweeps.'),
    trace_idle_period: duration('0s', 'A trace without new spans for this long is cut.'),
    complete_block_timeout: duration('0s', 'How long blocks are kept.'),
  }),
  host_info: section('Host metrics.', {
    host_identifiers: optional(names([], 'Attributes identifying a host.')),
    metric_name: text('', 'Name of the metric.'),
  }),
});

/** Processors of the metrics-generator. */
export const PROCESSORS = [
  'service-graphs',
  'span-metrics',
  'span-metrics-latency',
  'span-metrics-count',
  'span-metrics-size',
  'host-info',
  'local-blocks',
] as const;

const metricsGenerator = section(
  'What is generated from the spans.',
  {
    ring_size: int(0, 'Generators the tenant is spread over; 0 means all.'),
    processors: list(choice(PROCESSORS, 'span-metrics', 'Processor.'), [], 'Processors that run.'),
    max_active_series: int(0, 'Most series; 0 means no limit.'),
    max_active_entities: int(0, 'Most sets of labels; 0 means no limit.'),
    collection_interval: duration('0s', 'Time between samples; 0 means that of the registry.'),
    disable_collection: bool(false, 'Keep series, send nothing.'),
    generate_native_histograms: choice(
      ['classic', 'native', 'both', ''],
      'classic',
      'Kind of histograms.',
    ),
    trace_id_label_name: text('', 'Label of exemplars; empty means traceID.'),
    remote_write_headers: mapOf(secret('Value.'), {}, 'Headers of remote-write requests.'),
    forwarder: section('Feed of the generators.', {
      queue_size: int(0, 'Most requests waiting; 0 means 100.'),
      workers: int(0, 'Requests sent at once; 0 means 2.'),
    }),
    processor,
    ingestion_time_range_slack: duration(
      '0s',
      'Spans further from now do not count; 0 means that of metrics_generator.',
    ),
    native_histogram_bucket_factor: float(1.1, 'Growth from bucket to bucket.'),
    native_histogram_max_bucket_number: int(100, 'Most buckets.'),
    native_histogram_min_reset_duration: duration('15m', 'Shortest time between resets.'),
    span_name_sanitization: choice(
      ['', 'disabled', 'dry_run', 'enabled'],
      '',
      'Join similar span names (Tempo 3.0).',
    ),
    max_cardinality_per_label: int(0, 'Most values per label; 0 means no limit (Tempo 3.0).'),
  },
  generator,
);

/** Limits of one tenant. */
export const limitsSchema = section('Limits of a tenant.', {
  ingestion,
  read,
  compaction,
  metrics_generator: metricsGenerator,
  forwarders: list(text('', 'Name.'), [], 'Forwarders the spans are sent to.', {
    later: 'forwarders',
  }),
  global: section('Limits for receiving, storing and reading.', {
    max_bytes_per_trace: int(5_000_000, 'Largest trace; 0 means no limit.'),
  }),
  storage: section('Storage.', {
    parquet_dedicated_columns: optional(
      dedicatedColumns(
        [],
        'Attributes stored in columns of their own; those of storage when absent.',
      ),
    ),
  }),
  cost_attribution: section(
    'Bytes received by chosen attributes.',
    {
      max_cardinality: int(0, 'Most combinations; 0 means that of the distributor.'),
      dimensions: mapOf(text('', 'Label; empty means made from the attribute.'), {}, 'Attributes.'),
    },
    { later: 'costAttribution' },
  ),
});

/** Limits of one tenant. Durations are in milliseconds, sizes in bytes. */
export interface Limits extends ValueOf<typeof limitsSchema> {}
