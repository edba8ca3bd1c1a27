/** The small data set over which the TraceQL examples were recorded. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { get } from './queries.ts';
import { repositoryRoot, type TempoProcess } from './tempo-process.ts';

/** One example: a query and what Tempo answered. */
export interface TraceQlExample {
  readonly id: string;
  readonly section: string;
  readonly query: string;
  readonly endpoint: string;
  readonly params?: Readonly<Record<string, string | number>>;
  readonly expect: { readonly status?: number } & Readonly<Record<string, unknown>>;
}

interface ExampleFile {
  readonly t0UnixSeconds: number;
  readonly dataset: unknown;
  readonly requestDefaults: Readonly<
    Record<
      string,
      { path: string; start: number; end: number; limit?: number; spss?: number; step?: string }
    >
  >;
  readonly examples: readonly TraceQlExample[];
}

const file = JSON.parse(
  readFileSync(join(repositoryRoot, 'packages/traceql/test/traceql-examples.json'), 'utf8'),
) as ExampleFile;

/** How many spans the set has. */
const SPAN_COUNT = 15;

export const exampleDataSet = {
  file,

  /** Sends the set over OTLP/HTTP JSON. */
  async push(tempo: TempoProcess): Promise<void> {
    const response = await fetch(`${tempo.otlpHttpUrl}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(file.dataset),
    });
    if (response.status !== 200)
      throw new Error(`push: ${response.status} ${await response.text()}`);
  },

  /** Waits until a block in the object store holds the set; fails after ten seconds. */
  async untilStored(tempo: TempoProcess): Promise<void> {
    const { start, end, limit, spss } = file.requestDefaults['search']!;
    const params = { q: '{ }', start, end, limit: limit ?? 100, spss: spss ?? 100 };
    const deadline = Date.now() + 10_000;
    for (;;) {
      const answer = await get(`${tempo.url}/api/search`, params);
      const { metrics, traces } = answer.json as {
        metrics?: { totalBlocks?: number };
        traces?: { spanSets?: { spans?: unknown[] }[] }[];
      };
      const spans = (traces ?? []).flatMap((trace) => trace.spanSets ?? []);
      const count = spans.reduce((sum, set) => sum + (set.spans?.length ?? 0), 0);
      if ((metrics?.totalBlocks ?? 0) >= 1 && count >= SPAN_COUNT) return;
      if (Date.now() > deadline) throw new Error(`not stored after 10 s: ${answer.text}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  },
};
