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

function recordedBy(version: string): readonly Recorded[] {
  const file = `test-e2e/compatibility/golden/http-answers-tempo-${version}.json`;
  const text = readFileSync(join(repositoryRoot, file), 'utf8');
  return (JSON.parse(text) as { answers: Recorded[] }).answers;
}

const RANGE = 'start=1735689590&end=1735690200';

/** 2.10 lists numbers for what the language spells in words; 3.0 does as we do. */
const AS_IN_3_0 = new Set([
  `/api/v2/search/tag/status/values?${RANGE}`,
  `/api/v2/search/tag/kind/values?${RANGE}`,
  `/api/v2/search/tag/duration/values?${RANGE}`,
]);

/** Where Tempo's answer is known to be wrong or a matter of chance, and how ours is judged instead. */
const CLEAN_ANSWERS: Readonly<Record<string, (body: unknown, recorded: unknown) => void>> = {
  // Tempo shows the text "nil" for a selected attribute that the span does not have.
  [`/api/search?${RANGE}&q=%7B%20%7D%20%7C%20select(span.http.url%2C%20duration)`]: (body, tempo) =>
    expect(canonical(body)).toEqual(canonical(withoutNilAttributes(tempo))),
  // Tempo stops at the first scopes that reach the limit; the limit is one per scope.
  [`/api/v2/search/tags?${RANGE}&limit=2`]: (body) =>
    expect(scopesOf(body)).toMatchObject({
      event: ['attempt', 'exception.message'],
      instrumentation: ['language'],
      link: ['link.type'],
      resource: ['canary', 'deployment.environment'],
      span: ['amount', 'cached'],
    }),
  // Tempo returns the first values it meets; here they are the first in order, on every run.
  [`/api/v2/search/tag/resource.service.name/values?${RANGE}&limit=2`]: (body) =>
    expect(canonical(body)).toEqual({
      metrics: {},
      tagValues: [{ type: 'string' }, { type: 'string', value: 'audit' }].toSorted((a, b) =>
        JSON.stringify(a) < JSON.stringify(b) ? -1 : 1,
      ),
    }),
  // Tempo lists http.* whether a span has it or not, and misses attributes of events.
  [`/api/v2/search/tags?${RANGE}&q=%7B%20resource.service.name%20%3D%20%22orders%22%20%7D`]: (
    body,
    tempo,
  ) => {
    const { event, span, ...others } = scopesOf(body);
    const { span: tempoSpan, ...tempoOthers } = scopesOf(tempo);
    expect(others).toEqual(tempoOthers);
    expect(event).toEqual(['attempt']);
    expect(span).toEqual(tempoSpan?.filter((tag) => !tag.startsWith('http.')));
  },
};

function scopesOf(body: unknown): Record<string, readonly string[]> {
  const { scopes } = body as { scopes: { name: string; tags: string[] }[] };
  return Object.fromEntries(scopes.map(({ name, tags }) => [name, tags.toSorted()]));
}

function withoutNilAttributes(body: unknown): unknown {
  const text = JSON.stringify(body).replaceAll(
    /,?"attributes":\[\{"key":"http\.url","value":\{"stringValue":"nil"\}\}\]/g,
    '',
  );
  return JSON.parse(text);
}

/** Bodies that depend on the build or list our own routes: status and type must agree. */
const OWN_BODY = new Set(['/api/status/buildinfo', '/status/services', '/status/endpoints']);

/** Answered from any data here, in 2.10 only from local blocks: held against those of 3.0 elsewhere. */
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

  const newer = recordedBy('3.0');
  const covered = recordedBy('2.10')
    .filter((answer) => !isMetricsAnswer(answer.path))
    .map((answer) =>
      AS_IN_3_0.has(answer.path) ? newer.find(({ path }) => path === answer.path)! : answer,
    );
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
    const judge = CLEAN_ANSWERS[answer.path];
    if (judge) judge(JSON.parse(text), JSON.parse(answer.body ?? ''));
    else if (answer.contentType?.includes('json'))
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
