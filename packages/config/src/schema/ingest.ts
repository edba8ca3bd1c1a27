/** `ingest`: Kafka between distributors and what consumes spans. */
import { bool, duration, int, secret, text } from '../scalar-fields.ts';
import { section } from '../composite-fields.ts';

/** Connection to Kafka. */
export function kafkaSchema(description: string) {
  return section(
    description,
    {
      address: text('localhost:9092', 'Address of Kafka.'),
      topic: text('', 'Topic.'),
      client_id: text('', 'Client id.'),
      dial_timeout: duration('2s', 'Longest time to connect.'),
      write_timeout: duration('10s', 'Longest wait for a write.'),
      sasl_username: text('', 'User name.'),
      sasl_password: secret('Password.'),
      consumer_group: text('', 'Consumer group.'),
      consumer_group_offset_commit_interval: duration('1s', 'Time between commits.'),
      last_produced_offset_retry_timeout: duration('10s', 'How long a failed look-up is repeated.'),
      auto_create_topic_enabled: bool(true, 'Create the topic when it is missing.'),
      auto_create_topic_default_partitions: int(1000, 'Partitions of a created topic.'),
      producer_max_record_size_bytes: int(15_983_616, 'Largest record, in bytes.'),
      producer_max_buffered_bytes: int(1_073_741_824, 'Most bytes waiting to be written.'),
      target_consumer_lag_at_startup: duration('2s', 'Lag aimed at during start.'),
      max_consumer_lag_at_startup: duration('15s', 'Most lag accepted at the end of start.'),
      disable_kafka_telemetry: bool(false, 'Send no client metrics to Kafka.'),
      consumer_group_lag_metric_update_interval: duration('1m', 'Time between updates of the lag.'),
    },
    { later: 'kafka' },
  );
}

/** `ingest`. */
export const ingestSchema = section('The Kafka write path.', {
  enabled: bool(false, 'Use Kafka.', { later: 'kafka' }),
  kafka: kafkaSchema('Connection to Kafka.'),
});
