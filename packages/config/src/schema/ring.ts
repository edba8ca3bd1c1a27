/** Rings: how instances of a component know each other. */
import { bool, choice, commaList, duration, float, int, secret, text } from '../scalar-fields.ts';
import { list, section } from '../composite-fields.ts';
import { tlsClientShape } from './tls.ts';

const STORES = ['memberlist', 'consul', 'etcd', 'inmemory', 'multi', 'redis', ''] as const;

/** Where a ring keeps its state. */
export function kvStore(store: (typeof STORES)[number]) {
  return section('Where the ring keeps its state.', {
    store: choice(STORES, store, 'Kind of the store.'),
    prefix: text('collectors/', 'Prefix of keys in the store.'),
    consul: section('Consul store.', {
      host: text('localhost:8500', 'Address of Consul.'),
      acl_token: secret('Token for Consul.'),
      http_client_timeout: duration('20s', 'Longest duration of a request.'),
      consistent_reads: bool(false, 'Read consistently.'),
      watch_rate_limit: float(1, 'Most watches per second and key; 0 means no limit.'),
      watch_burst_size: int(1, 'Watches that may exceed the rate at once.'),
      cas_retry_delay: duration('1s', 'Longest wait before an update is tried again.'),
    }),
    etcd: section('etcd store.', {
      endpoints: list(text('', 'Address of a member.'), [], 'Addresses of etcd.'),
      dial_timeout: duration('10s', 'Longest time to connect.'),
      max_retries: int(10, 'Attempts per operation.'),
      tls_enabled: bool(false, 'Encrypt the connection.'),
      ...tlsClientShape(),
      username: text('', 'User name.'),
      password: secret('Password.'),
    }),
    multi: section('Two stores during a migration.', {
      primary: text('', 'Kind of the store that is read.'),
      secondary: text('', 'Kind of the store that is written too.'),
      mirror_enabled: bool(false, 'Write to the second store.'),
      mirror_timeout: duration('2s', 'Longest wait for the second store.'),
    }),
  });
}

const rings = { later: 'rings' } as const;
const INTERFACES = ['eth0', 'en0'];

function instanceShape(interfaces: readonly string[]) {
  return {
    instance_id: text('', 'Name of this instance; empty means the name of the machine.'),
    instance_interface_names: list(
      text('', 'Name of an interface.'),
      interfaces,
      'Interfaces searched for an address.',
    ),
    instance_port: int(0, 'Port others reach it at; 0 means server.grpc_listen_port.', {
      max: 65_535,
    }),
    instance_addr: text('', 'Address others reach it at; empty means found by interface.'),
    enable_inet6: bool(false, 'IPv6 addresses may be used.'),
  };
}

/** `distributor.ring`. */
export const distributorRing = section(
  'Ring of distributors; used by the global rate strategy.',
  {
    kvstore: kvStore('memberlist'),
    heartbeat_period: duration('5s', 'Time between heartbeats.'),
    heartbeat_timeout: duration('5m', 'Silence after which an instance counts as unhealthy.'),
    ...instanceShape(INTERFACES),
  },
  rings,
);

/** `compactor.ring`, `backend_worker.ring`: sharded when its store is set and not in memory. */
export function workerRing(what: string) {
  return section(
    `Ring of ${what}; work is shared when its store is set.`,
    {
      kvstore: kvStore(''),
      heartbeat_period: duration('5s', 'Time between heartbeats.'),
      heartbeat_timeout: duration('1m', 'Silence after which an instance counts as unhealthy.'),
      wait_stability_min_duration: duration('1m', 'Shortest wait for a stable ring at start.'),
      wait_stability_max_duration: duration('5m', 'Longest wait for a stable ring at start.'),
      ...instanceShape(INTERFACES),
      wait_active_instance_timeout: duration('10m', 'Longest wait to become active.'),
    },
    rings,
  );
}

/** `metrics_generator.ring`, `live_store.ring`. */
export function instanceRing(what: string, interfaces: readonly string[] = INTERFACES) {
  return section(
    `Ring of ${what}.`,
    {
      kvstore: kvStore('memberlist'),
      heartbeat_period: duration('5s', 'Time between heartbeats.'),
      heartbeat_timeout: duration('1m', 'Silence after which an instance counts as unhealthy.'),
      ...instanceShape(interfaces),
      instance_zone: text('', 'Availability zone of this instance.'),
    },
    rings,
  );
}

/** Partition rings of the Kafka write path. */
export function partitionRing(what: string) {
  return section(
    `Ring of the partitions of ${what}.`,
    {
      kvstore: kvStore('memberlist'),
      min_partition_owners_count: int(1, 'Owners a partition needs to become active.'),
      min_partition_owners_duration: duration('10s', 'How long it must have had them.'),
      delete_inactive_partition_after: duration('13h', 'Age at which inactive partitions go.'),
    },
    { later: 'kafka' },
  );
}

/** `ingester.lifecycler`. */
export const lifecyclerSchema = section('How an ingester joins and leaves its ring.', {
  ring: section(
    'Ring of ingesters.',
    {
      kvstore: kvStore('memberlist'),
      heartbeat_timeout: duration('5m', 'Silence after which an instance counts as unhealthy.'),
      replication_factor: int(1, 'Ingesters that get each trace.', { min: 1 }),
      zone_awareness_enabled: bool(false, 'Put replicas in different zones.'),
      excluded_zones: commaList([], 'Zones that get nothing.'),
    },
    rings,
  ),
  num_tokens: int(128, 'Tokens this instance owns.', rings),
  heartbeat_period: duration('5s', 'Time between heartbeats.', rings),
  heartbeat_timeout: duration('1m', 'Silence after which an instance counts as unhealthy.', rings),
  observe_period: duration('0s', 'Time to look for token conflicts after joining.', rings),
  join_after: duration('0s', 'Wait for a transfer before joining.', rings),
  min_ready_duration: duration('15s', 'Tempo waits this long before /ready answers 200.', {
    noEffect: 'an ingester is ready as soon as its write-ahead log was read',
  }),
  interface_names: list(
    text('', 'Name of an interface.'),
    ['eth0'],
    'Interfaces searched for an address.',
    rings,
  ),
  enable_inet6: bool(false, 'IPv6 addresses may be used.', rings),
  final_sleep: duration('0s', 'Wait before the process ends.', rings),
  tokens_file_path: text('', 'File the tokens are kept in over restarts.', rings),
  availability_zone: text('', 'Availability zone of this instance.', rings),
  unregister_on_shutdown: bool(true, 'Leave the ring at shutdown.', rings),
  readiness_check_ring_health: bool(
    true,
    'An unhealthy peer keeps this one from being ready.',
    rings,
  ),
  address: text('', 'Address others reach it at.', rings),
  port: int(0, 'Port others reach it at; 0 means server.grpc_listen_port.', {
    max: 65_535,
    ...rings,
  }),
  id: text('', 'Name of this instance; empty means the name of the machine.', rings),
});
