/** `cache`: memcached and Redis in front of object stores. */
import { bool, choice, duration, int, secret, text } from '../scalar-fields.ts';
import { list, optional, section } from '../composite-fields.ts';
import type { FieldOptions } from '../field.ts';
import { tlsClientShape } from './tls.ts';

export function backgroundCacheSchema(options: FieldOptions = {}) {
  return section(
    'Writing to caches.',
    {
      writeback_goroutines: int(10, 'Writes at once.'),
      writeback_buffer: int(10_000, 'Most writes waiting; more are dropped.'),
    },
    options,
  );
}

export function memcachedSchema(options: FieldOptions = {}) {
  return section(
    'Memcached.',
    {
      host: text('', 'Host name.'),
      service: text('memcached', 'Name of the SRV record.'),
      addresses: text('', 'Addresses, joined by commas.'),
      timeout: duration('100ms', 'Longest duration of a request.'),
      max_idle_conns: int(16, 'Most idle connections.'),
      max_item_size: int(0, 'Largest item; 0 means any.'),
      update_interval: duration('1m', 'Time between look-ups of addresses.'),
      consistent_hash: bool(true, 'Spread keys so that few move when servers change.'),
      circuit_breaker_consecutive_failures: int(10, 'Failures that stop requests; 0 means none.'),
      circuit_breaker_timeout: duration('10s', 'How long requests stop then.'),
      circuit_breaker_interval: duration('10s', 'Time after which failures are forgotten.'),
      tls_enabled: bool(false, 'Encrypt the connection.'),
      ...tlsClientShape(),
      ttl: duration('0s', 'How long items are kept; 0 means for ever.'),
    },
    options,
  );
}

export function redisSchema(options: FieldOptions = {}) {
  return section(
    'Redis.',
    {
      endpoint: text('', 'Addresses, joined by commas.'),
      master_name: text('', 'Name of the master Sentinel knows.'),
      timeout: duration('500ms', 'Longest duration of a request.'),
      expiration: duration('0s', 'How long items are kept; 0 means for ever.'),
      db: int(0, 'Number of the database.'),
      pool_size: int(0, 'Most connections; 0 means 10 per core.'),
      username: text('', 'User name.'),
      password: secret('Password.'),
      sentinel_username: text('', 'User name for Sentinel.'),
      sentinel_password: secret('Password for Sentinel.'),
      tls_enabled: bool(false, 'Encrypt the connection.'),
      tls_insecure_skip_verify: bool(false, 'Accept any certificate.'),
      idle_timeout: duration('0s', 'Idle time after which a connection is closed; 0 means never.'),
      max_connection_age: duration('0s', 'Age at which a connection is closed; 0 means never.'),
      ttl: duration('0s', 'How long items are kept; 0 means for ever.'),
    },
    options,
  );
}

/** What can be cached. */
export const CACHE_ROLES = [
  'bloom',
  'trace-id-index',
  'parquet-footer',
  'parquet-column-idx',
  'parquet-offset-idx',
  'parquet-page',
  'frontend-search',
] as const;

const cacheEntry = section('One cache.', {
  roles: list(choice(CACHE_ROLES, 'bloom', 'What is cached.'), [], 'What is cached in it.'),
  memcached: optional(memcachedSchema()),
  redis: optional(redisSchema()),
});

/** `cache`. */
export const cacheSchema = section(
  'Caches in front of object stores and of query results.',
  {
    background: backgroundCacheSchema(),
    caches: list(cacheEntry, [], 'The caches; each role may occur once.', {
      check(caches) {
        const roles = caches.flatMap((cache) => cache.roles);
        const twice = roles.find((role, index) => roles.indexOf(role) !== index);
        return twice === undefined ? undefined : `the cache role ${twice} occurs twice`;
      },
    }),
  },
  { later: 'caches' },
);
