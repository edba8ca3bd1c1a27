/** The lookup of one trace, from recent data and blocks at once. */
import type { TraceAnswer, TraceByIdRequest } from '@tempo-ts/http-api';
import { bytesToHex } from '@tempo-ts/otlp';
import { combineFoundTraces, truncateTrace } from '../combiners/trace-by-id-combiner.ts';
import type { QueryScope, QueryServices } from '../query-services.ts';
import { planTraceById, type FindTraceJob } from '../sharders/trace-by-id-sharder.ts';
import { observeQuery } from './observe-query.ts';
import { runJobs } from './run-jobs.ts';

/** What a lookup found. */
export interface TraceLookup {
  /** Serialized; undefined when there is no such trace. */
  readonly trace: Uint8Array | undefined;
  readonly inspectedBytes: bigint;
  /** The limit the trace exceeds, if it does. */
  readonly exceededMaxBytes: number | undefined;
}

/** Looks for the trace of `request` everywhere its mode says. */
export function findTrace(
  services: QueryServices,
  scope: QueryScope,
  request: TraceByIdRequest,
): Promise<TraceLookup> {
  const fields = { traceID: bytesToHex(request.traceId) };
  return observeQuery(
    services,
    scope,
    { name: 'trace by id', operation: 'traces', fields },
    () => lookUp(services, scope, request),
    ({ trace, inspectedBytes }) => ({
      inspectedBytes,
      fields: { found: trace !== undefined, trace_bytes: trace?.length ?? 0 },
    }),
  );
}

async function lookUp(
  services: QueryServices,
  scope: QueryScope,
  request: TraceByIdRequest,
): Promise<TraceLookup> {
  const { config, catalog } = services;
  const { query_shards: maxJobs, concurrent_shards: concurrency } = config.trace_by_id;
  const jobs = planTraceById(request, scope.tenants, { catalog, maxJobs });
  const parts: (Uint8Array | undefined)[] = [];
  let inspectedBytes = 0n;
  await runJobs<FindTraceJob['kind']>(services, jobs, {
    concurrency: concurrency || jobs.length,
    signal: scope.signal,
    onResult: (found, index) => {
      parts[index] = found.trace;
      inspectedBytes += BigInt(found.inspectedBytes);
      return false;
    },
  });
  const trace = combineFoundTraces(parts);
  const maxBytes = maxTraceBytes(services, scope);
  const exceeds = maxBytes > 0 && trace !== undefined && trace.length > maxBytes;
  return { trace, inspectedBytes, exceededMaxBytes: exceeds ? maxBytes : undefined };
}

/** The largest of the tenants' limits; 0 when one of them has none. */
function maxTraceBytes({ overrides }: QueryServices, { tenants }: QueryScope): number {
  const limits = tenants.map((tenant) => overrides.limits(tenant).global.max_bytes_per_trace);
  return limits.includes(0) ? 0 : Math.max(...limits);
}

/** The answer of version 2: always a trace, possibly an empty one or a part. */
export function traceAnswer(lookup: TraceLookup): TraceAnswer {
  const { trace = new Uint8Array(0), inspectedBytes, exceededMaxBytes } = lookup;
  if (exceededMaxBytes === undefined) return { trace, inspectedBytes };
  return {
    trace: truncateTrace(trace, exceededMaxBytes),
    inspectedBytes,
    partialReason: `Trace exceeds maximum size of ${exceededMaxBytes} bytes, a partial trace is returned`,
  };
}
