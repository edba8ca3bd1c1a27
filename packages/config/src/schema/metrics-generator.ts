/** `metrics_generator`: metrics made from spans. */
import { bool, choice, duration, float, int, text } from '../scalar-fields.ts';
import { free, list, mapOf, optional, section } from '../composite-fields.ts';
import { remoteWriteSchema } from './remote-write.ts';
import { instanceRing } from './ring.ts';
import { blockShape, searchSchema, walSchema } from './storage.ts';

/** Histogram bounds must rise. */
export function buckets(defaultValue: readonly number[]) {
  return list(
    float(0, 'Upper bound in seconds.'),
    defaultValue,
    'Upper bounds of histograms, in seconds.',
    {
      check: (bounds) =>
        bounds.some((bound, index) => index > 0 && bound <= bounds[index - 1]!)
          ? `the bounds ${bounds.join(', ')} do not rise strictly`
          : undefined,
    },
  );
}

export function names(defaultValue: readonly string[], description: string) {
  return list(text('', 'Name.'), defaultValue, description);
}

const policyMatch = section('Conditions; all must hold.', {
  match_type: choice(['strict', 'regex'], 'strict', 'How values are compared.'),
  attributes: list(
    section('One condition.', {
      key: text('', 'Attribute with its scope, or an intrinsic (kind, name, status).'),
      value: free('', 'Value or expression.'),
    }),
    [],
    'Attributes compared.',
  ),
});

export const filterPolicies = list(
  section('One policy.', {
    include: optional(policyMatch),
    include_any: optional(policyMatch),
    exclude: optional(policyMatch),
  }),
  [],
  'Which spans count.',
);

export const dimensionMappings = list(
  section('One label.', {
    name: text('', 'Name of the label.'),
    source_labels: names([], 'Attributes whose values are joined.'),
    join: text('', 'Text between the values.'),
  }),
  [],
  'Labels made of several attributes.',
);

const serviceGraphs = section('Metrics of requests between services.', {
  wait: duration('10s', 'How long one half of a request waits for the other.'),
  max_items: int(10_000, 'Most halves waiting.'),
  workers: int(10, 'Requests completed at once.'),
  histogram_buckets: buckets([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8]),
  dimensions: names([], 'Attributes that become labels.'),
  enable_client_server_prefix: bool(false, 'Put client_ or server_ before labels.'),
  enable_messaging_system_latency_histogram: bool(false, 'Time between producer and consumer.'),
  peer_attributes: names(
    ['peer.service', 'db.name', 'db.system'],
    'Attributes naming the other side.',
  ),
  span_multiplier_key: text('', 'Attribute holding the sampling probability.'),
  enable_tracestate_span_multiplier: bool(
    false,
    'Take the probability from tracestate (Tempo 3.0).',
  ),
  enable_virtual_node_label: bool(false, 'Add the label virtual_node.'),
  database_name_attributes: names(
    ['db.namespace', 'db.name', 'db.system'],
    'Attributes naming a database.',
  ),
  filter_policies: filterPolicies,
});

const spanMetrics = section('Metrics of spans by service and name.', {
  histogram_buckets: buckets(Array.from({ length: 14 }, (_, index) => (2 * 2 ** index) / 1000)),
  intrinsic_dimensions: section('Labels every metric has.', {
    service: bool(true, 'Label service.'),
    span_name: bool(true, 'Label span_name.'),
    span_kind: bool(true, 'Label span_kind.'),
    status_code: bool(true, 'Label status_code.'),
    status_message: bool(false, 'Label status_message.'),
  }),
  dimensions: names([], 'Attributes that become labels.'),
  dimension_mappings: dimensionMappings,
  enable_target_info: bool(false, 'Write traces_target_info.'),
  span_multiplier_key: text('', 'Attribute holding the sampling probability.'),
  enable_tracestate_span_multiplier: bool(
    false,
    'Take the probability from tracestate (Tempo 3.0).',
  ),
  subprocessors: mapOf(
    bool(false, 'Whether it runs.'),
    { '0': true, '1': true, '2': true },
    'Parts of the processor: 0 latency, 1 count, 2 size.',
  ),
  filter_policies: filterPolicies,
  target_info_excluded_dimensions: names([], 'Attributes left out of traces_target_info.'),
  enable_instance_label: bool(true, 'Label instance.'),
});

const localBlocks = section('Recent traces for metrics queries.', {
  block: section('How blocks are written.', blockShape()),
  search: searchSchema(),
  flush_check_period: duration('10s', 'Time between sweeps.'),
  trace_idle_period: duration('5s', 'A trace without new spans for this long is cut.'),
  trace_live_period: duration('30s', 'A trace is cut at this age.'),
  max_block_duration: duration('1m', 'Age at which the head becomes a block.'),
  max_block_bytes: int(500_000_000, 'Size at which the head becomes a block.'),
  concurrency: int(4, 'Blocks completed at once.'),
  complete_block_timeout: duration('1h', 'How long blocks are kept.'),
  max_live_traces: int(0, 'Most live traces; 0 means no limit.'),
  max_live_traces_bytes: int(250_000_000, 'Most bytes of live traces.'),
  filter_server_spans: bool(true, 'Keep server and root spans only.'),
  flush_to_storage: bool(false, 'Upload blocks.'),
  concurrent_blocks: int(10, 'Blocks read at once per query.'),
  time_overlap_cutoff: float(0.2, 'Overlap below which times are checked per span.', { max: 1 }),
});

/** `metrics_generator`. */
export const metricsGeneratorSchema = section(
  'Makes metrics from spans.',
  {
    ring: instanceRing('metrics-generators'),
    processor: section('What is made.', {
      service_graphs: serviceGraphs,
      span_metrics: spanMetrics,
      local_blocks: localBlocks,
      host_info: section('Metrics of hosts.', {
        host_identifiers: names(['k8s.node.name', 'host.id'], 'Attributes identifying a host.'),
        metric_name: text('traces_host_info', 'Name of the metric.'),
      }),
    }),
    registry: section('Series kept in memory.', {
      collection_interval: duration('15s', 'Time between samples.'),
      stale_duration: duration('15m', 'Silence after which a series is forgotten.'),
      external_labels: mapOf(text('', 'Value.'), {}, 'Labels added to every series.'),
      inject_tenant_id_as: text('', 'Label that gets the tenant.'),
      max_label_name_length: int(1024, 'Longer names of labels are cut.'),
      max_label_value_length: int(2048, 'Longer values of labels are cut.'),
    }),
    storage: section('Where samples go.', {
      path: text('', 'Folder of the write-ahead log; empty means no metrics are made.'),
      wal: section('The write-ahead log.', {
        wal_segment_size: int(134_217_728, 'Size of a segment.'),
        wal_compression: choice(['none', 'snappy', 'zstd'], 'none', 'Compression of segments.'),
        stripe_size: int(16_384, 'Stripes of the series map.'),
        truncate_frequency: duration('2h', 'Time between truncations.'),
        min_wal_time: int(300_000, 'Shortest time samples are kept, in milliseconds.'),
        max_wal_time: int(14_400_000, 'Longest time samples are kept, in milliseconds.'),
        no_lockfile: bool(false, 'Do not lock the folder.'),
      }),
      remote_write_flush_deadline: duration('1m', 'Longest wait for samples at shutdown.'),
      remote_write_add_org_id_header: bool(true, 'Send the tenant as X-Scope-OrgID.'),
      remote_write: list(remoteWriteSchema, [], 'Prometheus remote-write targets.'),
    }),
    traces_storage: walSchema('', 'Write-ahead log of local blocks.'),
    traces_query_storage: walSchema('', 'Write-ahead log of local blocks that are queried only.'),
    metrics_ingestion_time_range_slack: duration(
      '30s',
      'Spans further from now than this do not count.',
    ),
    query_timeout: duration('30s', 'Longest duration of a query.'),
    override_ring_key: text('metrics-generator', 'Key of the ring in its store.'),
    ring_mode: choice(['partition', 'generator'], 'partition', 'How work is shared (Tempo 3.0).'),
    codec: choice(['push-bytes', 'otlp'], 'push-bytes', 'What lies in Kafka.'),
    disable_local_blocks: bool(false, 'Never run the local-blocks processor.'),
    disable_grpc: bool(false, 'Serve no gRPC.'),
    limiter_type: choice(['series', 'entity'], 'series', 'What is limited.'),
    ingest_concurrency: int(16, 'Records handled at once.', { min: 1 }),
    instance_id: text('', 'Name of this instance; empty means the name of the machine.'),
    leave_consumer_group_on_shutdown: bool(
      false,
      'Leave the consumer group at shutdown (Tempo 3.0).',
    ),
  },
  { later: 'metricsGenerator' },
);
