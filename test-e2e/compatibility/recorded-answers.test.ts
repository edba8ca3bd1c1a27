/**
 * Answers recorded from Tempo 2.10 over the data set of the TraceQL examples, replayed against a
 * process of ours: same status, content type and body, but for the order of lists and for counts of
 * work done.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleDataSet } from '../harness/example-data-set.ts';
import { get } from '../harness/queries.ts';
import { repositoryRoot, TempoProcess } from '../harness/tempo-process.ts';

interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
  readonly contentType: string | null;
  readonly body?: string;
  readonly bodyBase64?: string;
}

const recorded = JSON.parse(
  readFileSync(
    join(repositoryRoot, 'test-e2e/compatibility/golden/http-answers-tempo-2.10.json'),
    'utf8',
  ),
) as { answers: Recorded[] };

/** Bodies that depend on the build or list our own routes: status and type must agree. */
const OWN_BODY = new Set(['/api/status/buildinfo', '/status/services', '/status/endpoints']);

/** Metrics queries are answered from any data here, in 2.10 only from local blocks. */
const isMetricsAnswer = (path: string) => path.startsWith('/api/metrics/');

/** Counts of work done; they say nothing about the answer. */
const VOLATILE = new Set([
  'inspectedTraces',
  'inspectedBytes',
  'inspectedSpans',
  'totalBlocks',
  'completedJobs',
  'totalJobs',
  'totalBlockBytes',
]);

/** Key-independent text of a JSON value with lists sorted and volatile counts left out. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value))
    return value
      .map(canonical)
      .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([key]) => !VOLATILE.has(key))
    .map(([key, member]) => [key, canonical(member)] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

describe('answers recorded from Tempo 2.10', () => {
  let tempo: TempoProcess;

  beforeAll(async () => {
    tempo = await TempoProcess.start();
    await exampleDataSet.push(tempo);
    await fetch(`${tempo.url}/flush`, { method: 'POST' });
    await exampleDataSet.untilStored(tempo);
  });
  afterAll(() => tempo?.remove());

  const covered = recorded.answers.filter((answer) => !isMetricsAnswer(answer.path));
  it.each(
    covered.map((answer) => [`${answer.method} ${answer.path} ${accept(answer)}`, answer] as const),
  )('%s', async (_, answer) => {
    const response = await fetch(tempo.url + answer.path, {
      method: answer.method,
      headers: answer.headers,
    });
    const body = Buffer.from(await response.arrayBuffer());
    expect({
      status: response.status,
      contentType: mediaType(response.headers.get('content-type')),
    }).toEqual({ status: answer.status, contentType: mediaType(answer.contentType) });
    if (OWN_BODY.has(answer.path)) return;
    if (answer.bodyBase64 !== undefined) {
      expect(body.length).toBeGreaterThan(0);
      return;
    }
    const text = body.toString();
    if (answer.contentType?.includes('json'))
      expect(canonical(JSON.parse(text))).toEqual(canonical(JSON.parse(answer.body ?? '')));
    else expect(text).toBe(answer.body ?? '');
  });

  it('answers in protobuf what it answers in JSON', async () => {
    const path = '/api/traces/0af7651916cd43dd8448eb211c80319c';
    const protobuf = await fetch(tempo.url + path, { headers: { accept: 'application/protobuf' } });
    const { tempopb } = await import('@tempo-ts/contracts');
    const { fromBinary, toJson } = await import('@bufbuild/protobuf');
    const trace = fromBinary(tempopb.TraceSchema, new Uint8Array(await protobuf.arrayBuffer()));
    const { resourceSpans } = toJson(tempopb.TraceSchema, trace) as { resourceSpans: unknown };
    const json = await get(tempo.url + path);
    expect(canonical({ batches: resourceSpans })).toEqual(canonical(json.json));
  });
});

function accept(answer: Recorded): string {
  return answer.headers['accept'] ?? '';
}

/** Without parameters and in lower case; absent types are the empty string. */
function mediaType(contentType: string | null): string {
  return (contentType ?? '').split(';')[0]!.trim().toLowerCase();
}
