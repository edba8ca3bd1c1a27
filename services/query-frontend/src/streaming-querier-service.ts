/**
 * `tempopb.StreamingQuerier`: queries whose answers arrive in parts. Each message holds what is new
 * since the last one; `metrics` are those of the whole query so far.
 */
import { create, equals } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';
import {
  checkOrder,
  checkSearchRequest,
  checkSearchTagsRequest,
  checkTagIdentifier,
} from '@tempo-ts/http-api';
import { grpcService, type GrpcCallContext, type GrpcService } from '@tempo-ts/server';
import type { MetricsCombiner } from './combiners/metrics-combiner.ts';
import { runQueryInstant, runQueryRange } from './pipeline/metrics-query.ts';
import { runSearch } from './pipeline/search-query.ts';
import {
  runLegacyTagValues,
  runTags,
  runTagValues,
  tagsV1,
  tagValuesV1,
} from './pipeline/tags-query.ts';
import type { QueryScope } from './query-services.ts';
import type { RouteContext } from './routes/query-route.ts';
import { searchLimits } from './search-limits.ts';
import { splitSeries } from './split-series.ts';
import { streamProgress } from './stream-progress.ts';

/** The service, answering from `context`. */
export function streamingQuerierService(context: RouteContext): GrpcService {
  return grpcService(tempopb.StreamingQuerier, {
    search: (request, call) => streamSearch(context, request, call),
    searchTags: (request, call) =>
      streamTags(context, request, call, (response) => tagsV1(response, request.scope), diffTags),
    searchTagsV2: (request, call) =>
      streamTags(context, request, call, (response) => response, diffTagsV2),
    searchTagValues: (request, call) =>
      streamTagValues(context, request, call, {
        run: runLegacyTagValues,
        convert: tagValuesV1,
        diff: diffTagValues,
      }),
    searchTagValuesV2: (request, call) =>
      streamTagValues(context, checkTagIdentifier(request), call, {
        run: runTagValues,
        convert: (response) => response,
        diff: diffTagValuesV2,
      }),
    metricsQueryRange: (request, call) =>
      inPackets(context, streamQueryRange(context, request, call)),
    metricsQueryInstant: (request, call) =>
      inPackets(context, streamQueryInstant(context, request, call)),
  });
}

function scopeOf({ tenants }: RouteContext, call: GrpcCallContext): QueryScope {
  return { tenants: tenants.forQuery(call.tenantHeader), signal: call.signal, headers: {} };
}

async function* streamSearch(
  context: RouteContext,
  message: tempopb.SearchRequest,
  call: GrpcCallContext,
): AsyncIterable<tempopb.SearchResponse> {
  const { services } = context;
  const request = checkSearchRequest(message, searchLimits(services.config));
  const sent = new Map<string, tempopb.TraceSearchMetadata>();
  const unsent = (response: tempopb.SearchResponse): tempopb.SearchResponse => {
    const traces = response.traces.filter((trace) => {
      const known = sent.get(trace.traceID);
      return !known || !equals(tempopb.TraceSearchMetadataSchema, known, trace);
    });
    for (const trace of traces) sent.set(trace.traceID, trace);
    return { ...response, traces };
  };
  yield* streamProgress(services.timers, {
    query: (onProgress) => runSearch(services, scopeOf(context, call), request, { onProgress }),
    partial: unsent,
    final: unsent,
    signal: call.signal,
  });
}

/** Makes the next message from an answer and what was sent before it. */
type Diff<M> = (answer: M, sent: Set<string>) => M;

async function* streamTags<M>(
  context: RouteContext,
  request: tempopb.SearchTagsRequest,
  call: GrpcCallContext,
  convert: (response: tempopb.SearchTagsV2Response) => M,
  diff: Diff<M>,
): AsyncIterable<M> {
  checkOrder(request);
  checkSearchTagsRequest(request);
  const sent = new Set<string>();
  const message = (response: tempopb.SearchTagsV2Response) => diff(convert(response), sent);
  yield* streamProgress(context.services.timers, {
    query: (onProgress) => runTags(context.services, scopeOf(context, call), request, onProgress),
    partial: message,
    final: message,
    signal: call.signal,
  });
}

interface TagValuesForm<M> {
  readonly run: typeof runTagValues;
  readonly convert: (response: tempopb.SearchTagValuesV2Response) => M;
  readonly diff: Diff<M>;
}

async function* streamTagValues<M>(
  context: RouteContext,
  request: tempopb.SearchTagValuesRequest,
  call: GrpcCallContext,
  { run, convert, diff }: TagValuesForm<M>,
): AsyncIterable<M> {
  checkOrder(request);
  const sent = new Set<string>();
  const message = (response: tempopb.SearchTagValuesV2Response) => diff(convert(response), sent);
  yield* streamProgress(context.services.timers, {
    query: (onProgress) => run(context.services, scopeOf(context, call), request, onProgress),
    partial: message,
    final: message,
    signal: call.signal,
  });
}

/** Those of `items` whose key was not sent; they are sent now. */
function fresh<T>(items: readonly T[], sent: Set<string>, keyOf: (item: T) => string): T[] {
  const unsent = items.filter((item) => !sent.has(keyOf(item)));
  for (const item of unsent) sent.add(keyOf(item));
  return unsent;
}

function diffTags(answer: tempopb.SearchTagsResponse, sent: Set<string>) {
  return { ...answer, tagNames: fresh(answer.tagNames, sent, String) };
}

function diffTagsV2(answer: tempopb.SearchTagsV2Response, sent: Set<string>) {
  const scopes = answer.scopes
    .map(({ name, tags }) =>
      create(tempopb.SearchTagsV2ScopeSchema, {
        name,
        tags: fresh(tags, sent, (tag) => `${name} ${tag}`),
      }),
    )
    .filter(({ tags }) => tags.length > 0);
  return { ...answer, scopes };
}

function diffTagValues(answer: tempopb.SearchTagValuesResponse, sent: Set<string>) {
  return { ...answer, tagValues: fresh(answer.tagValues, sent, String) };
}

function diffTagValuesV2(answer: tempopb.SearchTagValuesV2Response, sent: Set<string>) {
  const tagValues = fresh(answer.tagValues, sent, ({ type, value }) => `${type} ${value}`);
  return { ...answer, tagValues };
}

/**
 * While the query runs, each message has the samples of the buckets of time that have become certain
 * since the last one; the last message has all of them.
 */
async function* streamQueryRange(
  context: RouteContext,
  message: tempopb.QueryRangeRequest,
  call: GrpcCallContext,
): AsyncIterable<tempopb.QueryRangeResponse> {
  const { services } = context;
  const { query, start, end, step, exemplars, maxSeries } = message;
  const times = { start: start || undefined, end: end || undefined, step: step || undefined };
  const request = { query, ...times, exemplars, maxSeries };
  let sent: Uint8Array | undefined;
  yield* streamProgress<MetricsCombiner, tempopb.QueryRangeResponse, tempopb.QueryRangeResponse>(
    services.timers,
    {
      query: (report) =>
        runQueryRange(services, scopeOf(context, call), request, (combiner) =>
          report(() => combiner),
        ),
      partial: (combiner) => {
        const settled = combiner.settledIntervals();
        const before = sent;
        sent = settled;
        if (!settled.some((isSettled, i) => isSettled === 1 && before?.[i] !== 1))
          return create(tempopb.QueryRangeResponseSchema, { metrics: combiner.metrics() });
        return combiner.result((i) => settled[i] === 1 && before?.[i] !== 1);
      },
      final: (response) => response,
      signal: call.signal,
    },
  );
}

/** A value is certain when the query is done; messages before tell what it cost so far. */
async function* streamQueryInstant(
  context: RouteContext,
  message: tempopb.QueryInstantRequest,
  call: GrpcCallContext,
): AsyncIterable<tempopb.QueryInstantResponse> {
  const { services } = context;
  const { query, start, end } = message;
  const request = { query, start: start || undefined, end: end || undefined };
  yield* streamProgress<
    MetricsCombiner,
    tempopb.QueryInstantResponse,
    tempopb.QueryInstantResponse
  >(services.timers, {
    query: (report) =>
      runQueryInstant(services, scopeOf(context, call), request, (combiner) =>
        report(() => combiner),
      ),
    partial: (combiner) =>
      create(tempopb.QueryInstantResponseSchema, { metrics: combiner.metrics() }),
    final: (response) => response,
    signal: call.signal,
  });
}

/** Messages no larger than configured. */
async function* inPackets<M extends tempopb.QueryRangeResponse | tempopb.QueryInstantResponse>(
  { services }: RouteContext,
  messages: AsyncIterable<M>,
): AsyncIterable<M> {
  for await (const message of messages)
    yield* splitSeries(message, services.config.max_grpc_streaming_packet_size);
}
