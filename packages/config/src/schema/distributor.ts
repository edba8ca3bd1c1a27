/** `distributor`: receiving, logging and forwarding spans. */
import { bool, choice, duration, float, int, text } from '../scalar-fields.ts';
import { list, section, withDefaults } from '../composite-fields.ts';
import { kafkaSchema } from './ingest.ts';
import { receiversSchema } from './receivers.ts';
import { distributorRing } from './ring.ts';

function logSpans(which: string) {
  return section(`Logs every ${which} span, for debugging.`, {
    enabled: bool(false, `Write one log line per ${which} span.`),
    include_all_attributes: bool(false, 'With name, kind, status, duration and all attributes.'),
    filter_by_status_error: bool(false, 'Only spans with status error.'),
    log_sampling_fraction: float(1, 'Part of the traces that is logged, from 0 to 1.', { max: 1 }),
  });
}

const forwarder = section('One forwarder.', {
  name: text('', 'Name tenants select it by.'),
  backend: choice(['otlpgrpc', ''], '', 'Kind of the forwarder.'),
  otlpgrpc: section('OTLP over gRPC.', {
    endpoints: list(text('', 'Address and port.'), [], 'Where spans are sent, in turn.'),
    tls: section('Encryption.', {
      insecure: bool(false, 'Do not encrypt.'),
      cert_file: text('', 'Certificate file.'),
    }),
  }),
  filter: section('Spans that are not forwarded.', {
    traces: section('Conditions in OTTL; what one is true for is dropped.', {
      span: list(text('', 'OTTL condition.'), [], 'Conditions on spans.'),
      spanevent: list(text('', 'OTTL condition.'), [], 'Conditions on span events.'),
    }),
  }),
});

const noKafka = withDefaults(
  kafkaSchema('Kafka of the distributor; Tempo fills it from ingest.kafka.'),
  {
    address: '',
    dial_timeout: 0,
    write_timeout: 0,
    consumer_group_offset_commit_interval: 0,
    last_produced_offset_retry_timeout: 0,
    auto_create_topic_enabled: false,
    auto_create_topic_default_partitions: 0,
    producer_max_record_size_bytes: 0,
    producer_max_buffered_bytes: 0,
    target_consumer_lag_at_startup: 0,
    max_consumer_lag_at_startup: 0,
    consumer_group_lag_metric_update_interval: 0,
  },
);

/** `distributor`. */
export const distributorSchema = section('Receives spans and hands them to ingesters.', {
  ring: distributorRing,
  receivers: receiversSchema,
  override_ring_key: text('distributor', 'Key of the ring in its store.', { later: 'rings' }),
  log_received_spans: logSpans('received'),
  log_discarded_spans: logSpans('discarded'),
  metric_received_spans: section('Counts received spans by tenant, name and service.', {
    enabled: bool(false, 'Count them.'),
    root_only: bool(false, 'Only root spans.'),
  }),
  forwarders: list(forwarder, [], 'Where spans are sent besides.', { later: 'forwarders' }),
  usage: section('Who sends how much.', {
    cost_attribution: section(
      'Bytes received by chosen attributes, on /usage_metrics.',
      {
        enabled: bool(false, 'Attribute bytes.'),
        max_cardinality: int(10_000, 'Most combinations per tenant.'),
        stale_duration: duration('15m', 'Silence after which a combination is forgotten.'),
      },
      { later: 'costAttribution' },
    ),
  }),
  ingester_write_path_enabled: bool(true, 'Write to ingesters.', { later: 'kafka' }),
  kafka_write_path_enabled: bool(false, 'Write to Kafka.', { later: 'kafka' }),
  kafka_config: noKafka,
  extend_writes: bool(true, 'Write to further ingesters in place of unhealthy ones.', {
    later: 'rings',
  }),
  retry_after_on_resource_exhausted: duration(
    '0s',
    'Time senders are told to wait when they are over their rate; 0 tells them nothing.',
  ),
  max_attribute_bytes: int(
    2048,
    'Attribute keys and string values are cut to this many bytes; 0 means never.',
  ),
  artificial_delay: duration('0s', 'Answers are delayed to take at least this long.'),
  max_inflight_push_bytes: int(
    134_217_728,
    'Most bytes of requests on their way to ingesters; more are refused as unavailable. Not in Tempo.',
    { min: 1 },
  ),
});
