/**
 * Every example of the TraceQL specification over HTTP, searches and metrics, twice: while the spans
 * are only in memory and when they are in a block.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleDataSet, type TraceQlExample } from '../harness/example-data-set.ts';
import { isExpected, type Expectation } from '../harness/judge-example.ts';
import { areExpectedSeries, type SeriesExpectation } from '../harness/judge-series.ts';
import { get, type Answer } from '../harness/queries.ts';
import { TempoProcess } from '../harness/tempo-process.ts';

const { file } = exampleDataSet;

/** The recorded answer, the clean one for a quirk, and those of other versions. */
function expectations(example: TraceQlExample): (Expectation & SeriesExpectation)[] {
  const { recommended, differs } = example as {
    recommended?: Expectation & SeriesExpectation;
    differs?: Readonly<Record<string, unknown>>;
  };
  const others = Object.values(differs ?? {}).flatMap((other) => {
    if (typeof other !== 'object' || other === null) return [];
    return [(other as { expect?: Expectation }).expect ?? other];
  });
  return [...(recommended ? [recommended] : []), example.expect, ...others];
}

function parametersOf(example: TraceQlExample): Record<string, string | number> {
  const { start, end, limit, spss, step } = file.requestDefaults[example.endpoint]!;
  const params: Record<string, string | number> = { q: example.query, start, end };
  if (limit !== undefined) params['limit'] = limit;
  if (spss !== undefined) params['spss'] = spss;
  if (step !== undefined) params['step'] = step;
  for (const [key, value] of Object.entries(example.params ?? {})) {
    if (key === 'start_off') params['start'] = file.t0UnixSeconds + Number(value);
    else if (key === 'end_off') params['end'] = file.t0UnixSeconds + Number(value);
    else params[key] = value;
  }
  return params;
}

function isRight(example: TraceQlExample, answer: Answer): boolean {
  const isSearch = example.endpoint === 'search';
  const { unstable } = example as { unstable?: unknown };
  return (
    expectations(example).some((expected) =>
      isSearch
        ? isExpected(expected, answer.status, answer.json)
        : areExpectedSeries(expected, answer, file.t0UnixSeconds),
    ) ||
    (unstable !== undefined && answer.status === example.expect.status)
  );
}

async function failures(tempo: TempoProcess): Promise<string[]> {
  const failed: string[] = [];
  for (const example of file.examples) {
    const { path } = file.requestDefaults[example.endpoint]!;
    const answer = await get(tempo.url + path, parametersOf(example));
    if (!isRight(example, answer))
      failed.push(`${example.id} ${example.query} → ${answer.status} ${answer.text}`);
  }
  return failed;
}

describe('the examples of the TraceQL specification', () => {
  let tempo: TempoProcess;

  beforeAll(async () => {
    tempo = await TempoProcess.start();
    await exampleDataSet.push(tempo);
  });
  afterAll(() => tempo?.remove());

  it('hold while the spans are in memory', async () => {
    expect(await failures(tempo)).toEqual([]);
  });

  it('hold when the spans are in a block', async () => {
    await fetch(`${tempo.url}/flush`, { method: 'POST' });
    await exampleDataSet.untilStored(tempo);
    expect(await failures(tempo)).toEqual([]);
  });
});
