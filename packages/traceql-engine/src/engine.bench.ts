/**
 * CPU per query over spans in memory, everything warm: the engine alone, without reading. Run with a
 * file of length-prefixed export requests (u32 little-endian length, then the request):
 *
 *   node --conditions=@tempo-ts/source packages/traceql-engine/src/engine.bench.ts FRAMES [ROUNDS] [PATTERN]
 */
import { readFileSync } from 'node:fs';
import { regroupByTrace } from '@tempo-ts/otlp';
import {
  assembleTraces,
  SpanBatchBuilder,
  uint64ToBigInt,
  type SpanBatch,
} from '@tempo-ts/span-batch';
import { parseQuery } from '@tempo-ts/traceql';
import { executeSearch } from './execute-search.ts';
import { executeMetrics } from './metrics/execute-metrics.ts';
import { planMetricsQuery } from './metrics/metrics-plan.ts';
import { planSearch } from './plan-search.ts';
import type { SpansetSource } from './spanset-source.ts';
import { arraySource } from './testing/array-source.ts';

const QUERIES = [
  '{ name = "validate" }',
  '{ resource.service.name = "payment" }',
  '{ span.http.response.status_code >= 500 }',
  '{ span.enduser.id = "no-such-user" }',
  '{ .does.not.exist = 1 }',
  '{ span.db.query.text =~ "UPDATE orders.*" && duration > 5ms }',
  '{ span.db.query.text =~ "(?i)update o[a-z]+.*" }',
  '{ span.app.tags = "vip" && span.app.score > 99.9 }',
  '{ duration > 2s }',
  '{ status = error && kind = server }',
  '{ event.exception.type = "TimeoutError" }',
  '{ resource.service.name = "gateway" } >> { status = error }',
  '{ name = "validate" } ~ { status = error }',
  '{ span.db.system != nil } | count() > 200',
  '{ status = error } | by(resource.service.name) | count() > 9',
  '{ } | avg(duration) > 1s',
  '{ } | by(name) | max(duration) > 3s',
  '{ duration > traceDuration / 2 }',
  '{ span.http.response.status_code + 0 >= 500 }',
];

/** Over one hour in steps of 15 s; the data are not older than a day. */
const METRICS_QUERIES = [
  '{ } | count_over_time()',
  '{ } | rate() by (resource.service.name)',
  '{ } | rate() by (name, status)',
  '{ } | rate() by (span.http.response.status_code)',
  '{ } | rate() by (trace:id)',
  '{ status = error } | histogram_over_time(duration)',
  '{ kind = server } | quantile_over_time(duration, .5, .99) by (name)',
  '{ } | avg_over_time(duration) by (name)',
  '{ } | compare({ status = error })',
];

const [, , path, rounds = '5', pattern = ''] = process.argv;
if (path === undefined) throw new Error('usage: engine.bench.ts FRAMES [ROUNDS] [PATTERN]');
const batch = readBatch(path);
const spans = batch.spans.count;
process.stdout.write(`${spans} spans of ${batch.traces.count} traces\n`);
for (const text of QUERIES.filter((query) => query.includes(pattern))) await measure(text);
for (const text of METRICS_QUERIES.filter((query) => query.includes(pattern)))
  await measureMetrics(text);

async function measure(text: string): Promise<void> {
  const plan = planSearch(parseQuery(text), { limit: 20, spansPerSpanSet: 3 });
  const { signal } = new AbortController();
  const source = arraySource([batch]);
  // Without candidates: those would be decided twice.
  const plain: SpansetSource = {
    fetch: ({ columns, signal: aborted }) => source.fetch({ columns, signal: aborted }),
  };
  let best = Number.POSITIVE_INFINITY;
  let traces = 0;
  for (let round = 0; round <= Number(rounds); round++) {
    const start = process.cpuUsage();
    const response = await executeSearch(plan, plain, signal);
    const used = process.cpuUsage(start);
    const ms = (used.user + used.system) / 1000;
    traces = response.traces.length;
    // The first round gathers columns.
    if (round > 0 && ms < best) best = ms;
  }
  const nanosPerSpan = ((best * 1e6) / spans).toFixed(1);
  process.stdout.write(
    `${best.toFixed(2).padStart(9)} ms ${nanosPerSpan.padStart(7)} ns/span  ${traces} traces  ${text}\n`,
  );
}

async function measureMetrics(text: string): Promise<void> {
  const first = uint64ToBigInt(batch.spans.startUnixNanos, 0);
  const step = 15_000_000_000n;
  const start = first - (first % step) - 240n * step;
  const end = start + 480n * step;
  const plan = planMetricsQuery(parseQuery(text), { start, end, step, exemplars: 100 });
  const { signal } = new AbortController();
  const source = arraySource([batch]);
  const plain: SpansetSource = {
    fetch: ({ columns, signal: aborted }) => source.fetch({ columns, signal: aborted }),
  };
  let best = Number.POSITIVE_INFINITY;
  let series = 0;
  for (let round = 0; round <= Number(rounds); round++) {
    const from = process.cpuUsage();
    const partial = await executeMetrics(plan, plain, signal);
    const used = process.cpuUsage(from);
    series = partial.rows.length;
    const ms = (used.user + used.system) / 1000;
    if (round > 0 && ms < best) best = ms;
  }
  const nanosPerSpan = ((best * 1e6) / spans).toFixed(1);
  process.stdout.write(
    `${best.toFixed(2).padStart(9)} ms ${nanosPerSpan.padStart(7)} ns/span  ${series} rows  ${text}\n`,
  );
}

function readBatch(file: string): SpanBatch {
  const frames = readFileSync(file);
  const builder = new SpanBatchBuilder({ dedicatedColumns: [] });
  for (let offset = 0; offset < frames.length;) {
    const length = frames.readUInt32LE(offset);
    const request = frames.subarray(offset + 4, offset + 4 + length);
    for (const { traceId, slices } of regroupByTrace(request).pieces)
      builder.appendTrace(traceId, Buffer.concat(slices));
    offset += 4 + length;
  }
  return assembleTraces([{ batch: builder.view(), rows: 'all' }]);
}
