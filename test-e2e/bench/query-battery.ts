/** The questions of the benchmark: latency and server CPU of each, and whether the answers hold. */
import { get } from '../harness/queries.ts';
import { cpuSeconds } from './process-usage.ts';
import type { Workload } from './shop-workload.ts';

/** Title → TraceQL. */
const SEARCHES: Readonly<Record<string, string>> = {
  service: '{ resource.service.name = "payment" }',
  'two attributes':
    '{ span.http.route = "/api/checkout" && span.http.response.status_code >= 500 }',
  regex: '{ span.db.query.text =~ "UPDATE orders.*" && duration > 5ms }',
  'unknown value': '{ span.enduser.id = "user-does-not-exist" }',
  'array and number': '{ span.app.tags = "vip" && span.app.score > 99.9 }',
  duration: '{ duration > 2s }',
  'error and kind': '{ status = error && kind = server }',
  descendant:
    '{ resource.service.name = "gateway" } >> { span.db.system = "redis" && status = error }',
  'sibling, no match': '{ name = "validate" } ~ { span.messaging.system = "nope" }',
  count: '{ span.db.system != nil } | count() > 200',
  by: '{ status = error } | by(resource.service.name) | count() > 9',
  event: '{ event.exception.type = "shop.pay.Declined" }',
  'unscoped, no match': '{ .does.not.exist = 1 }',
};

export interface QueryFigures {
  readonly title: string;
  readonly p50Ms: number;
  readonly cpuMs: number;
  /** Traces, tags or values in the answer. */
  readonly found: number;
}

export interface BatteryResult {
  readonly figures: readonly QueryFigures[];
  /** Sampled traces that came back with exactly their spans. */
  readonly wholeTraces: number;
}

export async function runBattery(
  target: { readonly url: string; readonly pid: number },
  workload: Workload,
  repetitions: number,
): Promise<BatteryResult> {
  const range = { start: workload.startUnixSeconds - 60, end: workload.endUnixSeconds + 60 };
  let wholeTraces = 0;
  const figures: QueryFigures[] = [];
  const { sample } = workload;
  const byId = await measure(target.pid, sample.length, async (i) => {
    const { traceId, spanIds } = sample[i]!;
    const answer = await get(`${target.url}/api/v2/traces/${traceId}`, range);
    if (spanIdsOf(answer.json).join() === spanIds.join()) wholeTraces += 1;
    return 1;
  });
  figures.push({ title: 'trace by id', ...byId });
  for (const [title, q] of Object.entries(SEARCHES)) {
    const search = () => get(`${target.url}/api/search`, { q, limit: 20, spss: 3, ...range });
    await search();
    const figure = await measure(target.pid, repetitions, async () => {
      const answer = await search();
      if (answer.status !== 200) throw new Error(`${title}: ${answer.status} ${answer.text}`);
      return ((answer.json as { traces?: unknown[] }).traces ?? []).length;
    });
    figures.push({ title: `\`${q}\``, ...figure });
  }
  for (const path of [
    '/api/v2/search/tags',
    '/api/v2/search/tag/resource.service.name/values',
    '/api/v2/search/tag/span.http.route/values',
  ]) {
    const figure = await measure(target.pid, repetitions, async () => {
      const { json } = await get(target.url + path, range);
      const { scopes, tagValues } = json as {
        scopes?: { tags?: unknown[] }[];
        tagValues?: unknown[];
      };
      return (tagValues ?? (scopes ?? []).flatMap((scope) => scope.tags ?? [])).length;
    });
    figures.push({ title: path, ...figure });
  }
  return { figures, wholeTraces };
}

async function measure(pid: number, count: number, ask: (i: number) => Promise<number>) {
  const latencies: number[] = [];
  const before = cpuSeconds(pid);
  let found = 0;
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    found = await ask(i);
    latencies.push(performance.now() - start);
  }
  const cpuMs = ((cpuSeconds(pid) - before) * 1000) / count;
  const p50Ms = latencies.toSorted((a, b) => a - b)[count >> 1] ?? 0;
  return { p50Ms, cpuMs, found };
}

function spanIdsOf(json: unknown): string[] {
  type Body = {
    trace?: { resourceSpans?: { scopeSpans?: { spans?: { spanId: string }[] }[] }[] };
  };
  return ((json as Body).trace?.resourceSpans ?? [])
    .flatMap((resource) => resource.scopeSpans ?? [])
    .flatMap((scope) => scope.spans ?? [])
    .map((span) => Buffer.from(span.spanId, 'base64').toString('hex'))
    .toSorted();
}
