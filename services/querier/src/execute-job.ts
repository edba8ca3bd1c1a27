/** Runs query jobs: recent ones go to the ingester, those on blocks to the block workers. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';
import type {
  FoundTrace,
  JobExecutor,
  PartialSeries,
  QueryJob,
  QueryJobResults,
  RecentTraces,
  TenantId,
} from '@tempo-ts/ports';
import { formatDuration, type Clock, type Timers } from '@tempo-ts/runtime';
import { answerToError } from '@tempo-ts/server';
import type { Logger } from '@tempo-ts/telemetry';
import type { BlockWorkers } from './block-workers.ts';
import type { QuerierConfig, QuerierOverrides } from './config.ts';
import { DEFAULT_MAX_TAG_BYTES } from './limits.ts';
import type { QuerierMetrics } from './metrics.ts';

export interface JobExecutorOptions {
  readonly config: QuerierConfig['querier'];
  readonly overrides: QuerierOverrides | undefined;
  readonly recent: RecentTraces;
  readonly workers: BlockWorkers;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: QuerierMetrics;
}

type Kind = QueryJob['kind'];
type Job<K extends Kind> = Extract<QueryJob, { kind: K }>;

/** The executor of a querier. */
export function createJobExecutor(options: JobExecutorOptions): JobExecutor {
  return {
    execute: (job, signal) => observed(options, job, signal),
  };
}

/** Counts the job and times it as the request it is in Tempo. */
async function observed<K extends Kind>(
  options: JobExecutorOptions,
  job: Job<K>,
  signal: AbortSignal,
): Promise<QueryJobResults[K]> {
  const { clock, metrics } = options;
  const route = ROUTES[job.kind];
  const startedMs = clock.monotonicMs();
  const end = (status: number) =>
    metrics.requests.ended('GET', route, String(status), clock.monotonicMs() - startedMs);
  metrics.requests.started('GET', route);
  metrics.jobs.inc();
  try {
    const result = await withDeadline(options, job, signal);
    end(200);
    return result;
  } catch (error) {
    end(answerToError(error, 'query').httpStatus);
    reportDamage(options, job, error);
    throw error;
  }
}

const ROUTES: Readonly<Record<Kind, string>> = {
  'find-recent-trace': 'querier_api_traces_traceid',
  'find-trace-in-blocks': 'querier_api_traces_traceid',
  'search-recent': 'querier_api_search',
  'search-block': 'querier_api_search',
  'tags-recent': 'querier_api_v2_search_tags',
  'tags-block': 'querier_api_v2_search_tags',
  'tag-values-recent': 'querier_api_v2_search_tag_tagname_values',
  'tag-values-block': 'querier_api_v2_search_tag_tagname_values',
  'query-range-recent': 'querier_api_metrics_query_range',
  'query-range-block': 'querier_api_metrics_query_range',
};

/** A damaged block is a matter for the operator; the error that the query ends with names it, too. */
function reportDamage(
  { logger, metrics }: JobExecutorOptions,
  job: QueryJob,
  error: unknown,
): void {
  if ((error as { name?: unknown }).name !== 'CorruptBlockError') return;
  metrics.corruptBlocks.inc({ tenant: job.tenant });
  logger.error('block is damaged', { tenant: job.tenant, error });
}

/** Aborts the job once it has taken longer than configured. */
async function withDeadline<K extends Kind>(
  options: JobExecutorOptions,
  job: Job<K>,
  signal: AbortSignal,
): Promise<QueryJobResults[K]> {
  const { config, timers } = options;
  const isLookUp = job.kind === 'find-recent-trace' || job.kind === 'find-trace-in-blocks';
  const key = isLookUp ? 'trace_by_id' : 'search';
  const timeoutMs = config[key].query_timeout;
  const deadline = new AbortController();
  const timer = timers.after(timeoutMs, () =>
    deadline.abort(
      new Error(`job exceeded querier.${key}.query_timeout ${formatDuration(timeoutMs)}`),
    ),
  );
  try {
    return await execute(options, job, AbortSignal.any([signal, deadline.signal]));
  } finally {
    timer.stop();
  }
}

/** The union of jobs narrows, the type of the result does not follow it: hence the casts. */
async function execute<K extends Kind>(
  options: JobExecutorOptions,
  job: Job<K>,
  signal: AbortSignal,
): Promise<QueryJobResults[K]> {
  return (await executeAny(options, job, signal)) as QueryJobResults[K];
}

function executeAny(
  options: JobExecutorOptions,
  job: QueryJob,
  signal: AbortSignal,
): Promise<QueryJobResults[Kind]> {
  const { recent } = options;
  switch (job.kind) {
    case 'find-recent-trace':
      return recent.findTrace(job, signal);
    case 'search-recent':
      return recent.search(job, signal);
    case 'tags-recent':
      return recent.searchTags(job, signal);
    case 'tag-values-recent':
      return recent.searchTagValues(job, signal);
    case 'find-trace-in-blocks':
      return findInBlocks(options, job, signal);
    case 'search-block':
      return searchBlock(options, job, signal);
    case 'tags-block':
      return tagsOfBlock(options, job, signal);
    case 'tag-values-block':
      return tagValuesOfBlock(options, job, signal);
    case 'query-range-recent':
      return recent.queryRange(job, signal);
    case 'query-range-block':
      return queryRangeOfBlock(options, job, signal);
  }
}

function findInBlocks(
  { workers }: JobExecutorOptions,
  { blocks, traceId }: Job<'find-trace-in-blocks'>,
  signal: AbortSignal,
): Promise<FoundTrace> {
  const affinity = blocks[0]?.blockId;
  if (affinity === undefined) return Promise.resolve({ trace: undefined, inspectedBytes: 0 });
  return workers.run('find', { blocks, traceId }, { affinity, signal });
}

async function searchBlock(
  { workers }: JobExecutorOptions,
  { block, rowGroups, search }: Job<'search-block'>,
  signal: AbortSignal,
): Promise<tempopb.SearchResponse> {
  const request = toBinary(tempopb.SearchRequestSchema, search);
  // Row groups of one block may be searched at once by several threads.
  const affinity = `${block.blockId}/${rowGroups.first}`;
  const reply = await workers.run('search', { block, rowGroups, request }, { affinity, signal });
  return fromBinary(tempopb.SearchResponseSchema, reply);
}

async function tagsOfBlock(
  options: JobExecutorOptions,
  { block, tags, tenant }: Job<'tags-block'>,
  signal: AbortSignal,
): Promise<tempopb.SearchTagsV2Response> {
  // Names of intrinsics are the same for all data.
  if (tags.scope === 'intrinsic') return create(tempopb.SearchTagsV2ResponseSchema);
  const request = toBinary(tempopb.SearchTagsRequestSchema, tags);
  const call = { block, request, maxBytes: maxTagBytes(options, tenant) };
  const reply = await options.workers.run('tags', call, { affinity: block.blockId, signal });
  return fromBinary(tempopb.SearchTagsV2ResponseSchema, reply);
}

async function tagValuesOfBlock(
  options: JobExecutorOptions,
  { block, tagValues, tenant }: Job<'tag-values-block'>,
  signal: AbortSignal,
): Promise<tempopb.SearchTagValuesV2Response> {
  const request = toBinary(tempopb.SearchTagValuesRequestSchema, tagValues);
  const call = { block, request, maxBytes: maxTagBytes(options, tenant) };
  const reply = await options.workers.run('tagValues', call, { affinity: block.blockId, signal });
  return fromBinary(tempopb.SearchTagValuesV2ResponseSchema, reply);
}

function queryRangeOfBlock(
  { workers }: JobExecutorOptions,
  { block, rowGroups, metrics }: Job<'query-range-block'>,
  signal: AbortSignal,
): Promise<PartialSeries> {
  const request = toBinary(tempopb.QueryRangeRequestSchema, metrics);
  const affinity = `${block.blockId}/${rowGroups.first}`;
  return workers.run('queryRange', { block, rowGroups, request }, { affinity, signal });
}

function maxTagBytes({ overrides }: JobExecutorOptions, tenant: TenantId): number {
  return overrides?.limits(tenant).read.max_bytes_per_tag_values_query || DEFAULT_MAX_TAG_BYTES;
}
