/**
 * Every search example of the TraceQL specification over HTTP, twice: while the spans are only in
 * memory and when they are in a block. Metrics examples are answered by the metrics engine.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleDataSet, type TraceQlExample } from '../harness/example-data-set.ts';
import { isExpected, type Expectation } from '../harness/judge-example.ts';
import { get } from '../harness/queries.ts';
import { TempoProcess } from '../harness/tempo-process.ts';

const { file } = exampleDataSet;
const searches = file.examples.filter((example) => example.endpoint === 'search');

/** The recorded answer, the clean one for a quirk, and those of other versions. */
function expectations(example: TraceQlExample): Expectation[] {
  const { recommended, differs } = example as {
    recommended?: Expectation;
    differs?: Readonly<Record<string, unknown>>;
  };
  const others = Object.values(differs ?? {}).flatMap((other) => {
    if (typeof other !== 'object' || other === null) return [];
    return [(other as { expect?: Expectation }).expect ?? other];
  });
  return [...(recommended ? [recommended] : []), example.expect, ...others];
}

async function failures(tempo: TempoProcess): Promise<string[]> {
  const failed: string[] = [];
  const defaults = file.requestDefaults['search']!;
  for (const example of searches) {
    const params: Record<string, string | number> = {
      q: example.query,
      start: defaults.start,
      end: defaults.end,
      limit: defaults.limit ?? 20,
      spss: defaults.spss ?? 3,
    };
    for (const [key, value] of Object.entries(example.params ?? {})) {
      if (key === 'start_off') params['start'] = file.t0UnixSeconds + Number(value);
      else if (key === 'end_off') params['end'] = file.t0UnixSeconds + Number(value);
      else params[key] = value;
    }
    const answer = await get(`${tempo.url}${defaults.path}`, params);
    const unstable = (example as { unstable?: unknown }).unstable;
    const isRight =
      expectations(example).some((expected) => isExpected(expected, answer.status, answer.json)) ||
      (unstable !== undefined && answer.status === example.expect.status);
    if (!isRight) failed.push(`${example.id} ${example.query} → ${answer.status} ${answer.text}`);
  }
  return failed;
}

describe('the search examples of the TraceQL specification', () => {
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
