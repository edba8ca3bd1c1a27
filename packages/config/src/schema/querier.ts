/** `querier`: runs the jobs of query-frontends. */
import { bool, duration, float, int, text } from '../scalar-fields.ts';
import { section } from '../composite-fields.ts';
import { GRPC_CLIENT_DEFAULTS, grpcClient } from './grpc-client.ts';

const rings = { later: 'rings' } as const;
const separate = { later: 'separateProcesses' } as const;

/** `querier`. */
export const querierSchema = section('Runs query jobs over recent and stored traces.', {
  search: section('Search jobs.', {
    query_timeout: duration('30s', 'Longest duration of a job.', { min: 1 }),
  }),
  trace_by_id: section('Trace look-ups.', {
    query_timeout: duration('10s', 'Longest duration of a job.', { min: 1 }),
    external: section(
      'Another system that has traces.',
      {
        endpoint: text('', 'URL of the system.'),
        timeout: duration('10s', 'Longest wait for it.'),
      },
      { later: 'externalTraces' },
    ),
  }),
  metrics: section(
    'Metrics jobs.',
    {
      concurrent_blocks: int(2, 'Blocks read at once per job.'),
      time_overlap_cutoff: float(0.2, 'Overlap below which times are checked per span.', {
        max: 1,
      }),
    },
    { noEffect: 'a job reads one block, and times are checked per span' },
  ),
  partition_ring: section(
    'Reading from partitions.',
    {
      minimize_requests: bool(true, 'Ask as few instances as possible.'),
      hedging_delay: duration('3s', 'Wait before a further instance is asked.'),
      preferred_zone: text('', 'Zone that is asked first.'),
    },
    { later: 'kafka' },
  ),
  extra_query_delay: duration('0s', 'Wait before every query.', rings),
  max_concurrent_queries: int(20, 'Jobs run at once.', { min: 1 }),
  frontend_worker: section(
    'Connection to query-frontends.',
    {
      frontend_address: text('', 'Address of the query-frontend; empty in the single process.'),
      dns_lookup_duration: duration('10s', 'Time between look-ups of the address.'),
      parallelism: int(2, 'Streams per query-frontend.'),
      match_max_concurrent: bool(true, 'Open streams up to max_concurrent_queries.'),
      id: text('', 'Name of this querier; empty means the name of the machine.'),
      grpc_client_config: grpcClient({
        ...GRPC_CLIENT_DEFAULTS,
        maxSendBytes: 16_777_216,
        backoffMax: '1s',
        backoffRetries: 5,
        windowBytes: 0,
        connectTimeout: '0s',
        connectBase: '0s',
        connectMax: '0s',
      }),
    },
    separate,
  ),
  shuffle_sharding_ingesters_enabled: bool(false, "Ask only a tenant's ingesters.", rings),
  shuffle_sharding_ingesters_lookback_period: duration(
    '1h',
    'How long former ones are asked.',
    rings,
  ),
  query_relevant_ingesters: bool(false, 'Ask only the ingesters that own the trace.', rings),
  secondary_ingester_ring: text('', 'Second ring of ingesters that is asked.', rings),
  query_live_store: bool(false, 'Ask live-stores for recent data.', {
    later: 'liveStore',
    deprecated: 'Tempo 3.0 removed this key',
  }),
});
