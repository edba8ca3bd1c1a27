/**
 * Answers to metrics queries recorded from Tempo 3.0 over the data set of the TraceQL examples,
 * replayed against a process of ours: the same series in the same order with the same samples. Which
 * spans stand as exemplars is a matter of chance in Tempo; of those the form is compared.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exampleDataSet } from '../harness/example-data-set.ts';
import { get } from '../harness/queries.ts';
import { repositoryRoot, TempoProcess } from '../harness/tempo-process.ts';

interface Recorded {
  readonly path: string;
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}
interface Label {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface SeriesJson {
  readonly labels: readonly Label[];
  readonly samples?:
    readonly { readonly timestampMs: string; readonly value?: number }[] | undefined;
  readonly value?: number | undefined;
  readonly exemplars?: readonly {
    readonly labels: readonly Label[];
    readonly value: number;
    readonly timestampMs: string;
  }[];
}

const golden = join(repositoryRoot, 'test-e2e/compatibility/golden/http-answers-tempo-3.0.json');
const recorded = (
  JSON.parse(readFileSync(golden, 'utf8')) as { answers: Recorded[] }
).answers.filter(({ path }) => path.startsWith('/api/metrics/'));

const isCompare = ({ path }: Recorded) => path.includes('compare');
/** These depend on the time of day. */
const isRelative = ({ path }: Recorded) => path.includes('since=');

/** Columns that Tempo lists as attributes of every span, with the value `nil` where there is none. */
const ALWAYS_LISTED =
  /^(resource\.(cluster|namespace|pod|container|k8s\..*)|span\.(http\..*|server\.address|url\..*))$/;

function seriesOf(text: string): readonly SeriesJson[] {
  return (JSON.parse(text) as { series?: SeriesJson[] }).series ?? [];
}

const plain = (series: readonly SeriesJson[]) =>
  series.map(({ labels, samples, value }) => ({ labels, samples, value }));

/** The attribute that a series of `compare` is about. */
const field = ({ labels }: SeriesJson) => labels[1]!.key;

/** Without what only Tempo lists: columns of spans that do not have the attribute. */
function compared(series: readonly SeriesJson[]) {
  return plain(
    series.filter(
      (one) => !ALWAYS_LISTED.test(field(one)) || one.labels[1]!.value['stringValue'] !== 'nil',
    ),
  );
}

/** Spans per value, most frequent first, by side and attribute. */
function frequencies(series: readonly SeriesJson[]): Record<string, number[]> {
  const counts: Record<string, number[]> = {};
  for (const one of series) {
    const sum = (one.samples ?? []).reduce((total, { value = 0 }) => total + value, 0);
    (counts[`${JSON.stringify(one.labels[0])} ${field(one)}`] ??= []).push(sum);
  }
  for (const list of Object.values(counts)) list.sort((x, y) => y - x);
  return counts;
}

describe('metrics answers recorded from Tempo 3.0', () => {
  let tempo: TempoProcess;

  beforeAll(async () => {
    tempo = await TempoProcess.start();
    await exampleDataSet.push(tempo);
  });
  afterAll(() => tempo?.remove());

  const exact = recorded.filter((answer) => !isCompare(answer) && !isRelative(answer));
  it.each(exact.map((answer) => [answer.path, answer] as const))('%s', async (path, answer) => {
    const ours = await get(tempo.url + path);
    expect([ours.status, ours.contentType]).toEqual([answer.status, answer.contentType]);
    if (answer.status === 200)
      expect(plain(seriesOf(ours.text))).toEqual(plain(seriesOf(answer.body)));
    else expect(ours.text).toBe(answer.body);
  });

  it('exemplars: one span per trace at most, with its trace, time and value', async () => {
    for (const { path } of exact.filter(({ body }) => body.includes('exemplars'))) {
      const ours = seriesOf((await get(tempo.url + path)).text);
      const exemplars = ours.flatMap((series) => series.exemplars ?? []);
      const traces = exemplars.map(({ labels }) => labels.find(({ key }) => key === 'trace:id'));
      expect(exemplars.length).toBeGreaterThan(0);
      expect(new Set(traces.map((label) => label?.value['stringValue'])).size).toBe(traces.length);
      expect(exemplars.every(({ value }) => value > 0)).toBe(true);
      expect(exemplars.every(({ timestampMs }) => /^17356896\d{5}$/.test(timestampMs))).toBe(true);
    }
  });

  it('compare: the same counts; of equally frequent values Tempo takes any', async () => {
    const answer = recorded.find(isCompare)!;
    const ours = compared(seriesOf((await get(tempo.url + answer.path)).text));
    const tempos = compared(seriesOf(answer.body));
    expect(frequencies(ours)).toEqual(frequencies(tempos));
    const byLabels = new Map(tempos.map((one) => [JSON.stringify(one.labels), one]));
    const both = ours.filter(({ labels }) => byLabels.has(JSON.stringify(labels)));
    expect(both.length).toBeGreaterThan(0.9 * ours.length);
    expect(both).toEqual(both.map(({ labels }) => byLabels.get(JSON.stringify(labels))));
  });

  it('a range that ends now has the default step of its length', async () => {
    const { path } = recorded.find(isRelative)!;
    const stamps = seriesOf((await get(tempo.url + path)).text)[0]!.samples!.map(
      ({ timestampMs }) => Number(timestampMs),
    );
    expect(stamps.every((stamp, i) => i === 0 || stamp === stamps[i - 1]! + 15_000)).toBe(true);
    expect(stamps[0]! % 15_000).toBe(0);
    expect([241, 242]).toContain(stamps.length);
  });
});
