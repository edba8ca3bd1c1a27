import { describe, expect, it } from '@jest/globals';
import { parseQuery } from '@tempo-ts/traceql';
import { arraySource, exampleBatch, examples } from '../testing/index.ts';
import { executeMetrics } from './execute-metrics.ts';
import { planMetricsQuery } from './metrics-plan.ts';
import { SeriesCombiner } from './series-combiner.ts';

const SIGNAL = new AbortController().signal;
const start = BigInt(examples().t0UnixSeconds) * 1_000_000_000n;
const grid = { start, end: start + 80_000_000_000n, step: 20_000_000_000n };
const source = arraySource([exampleBatch()]);

async function run(query: string, exemplars = 100) {
  const parsed = parseQuery(query);
  const options = { ...grid, exemplars, maxSeries: 0 };
  const combiner = new SeriesCombiner(parsed, options);
  combiner.add(await executeMetrics(planMetricsQuery(parsed, options), source, SIGNAL));
  return combiner.finish().series;
}

const exemplarsOf = async (query: string, exemplars?: number) =>
  (await run(query, exemplars)).flatMap((series) => series.exemplars);

describe('exemplars of series', () => {
  it('have the value of their span in the unit of the series', async () => {
    const [inSeconds] = await exemplarsOf('{ name = "job" } | max_over_time(duration)');
    expect([inSeconds!.value, inSeconds!.hasOwnValue]).toEqual([5, true]);
    const [inNanos] = await exemplarsOf('{ name = "job" } | max_over_time(traceDuration)');
    expect(inNanos!.value).toBe(5e9);
    const [quantile] = await exemplarsOf(
      '{ name = "job" } | quantile_over_time(traceDuration, .5)',
    );
    expect(quantile!.value).toBe(5);
  });

  it('have the value of their series where spans are counted', async () => {
    const [first] = await exemplarsOf('{ name = "job" } | rate()');
    expect([first!.value, first!.hasOwnValue]).toEqual([0.05, false]);
    const [second] = await exemplarsOf('{ name = "job" } | histogram_over_time(duration)');
    expect([second!.value, second!.hasOwnValue]).toEqual([1, false]);
  });

  it('name their trace and the fields of the query, each once', async () => {
    const [one] = await exemplarsOf(
      '{ name = "job" && status = error } | max_over_time(duration) by (name, trace:id)',
    );
    expect(one!.labels).toEqual([
      { name: 'trace:id', value: 'c3' },
      { name: 'name', value: 'job' },
      { name: 'duration', value: '5s' },
      { name: 'status', value: 'error' },
    ]);
  });

  it('go to the closest quantile', async () => {
    const series = await run('{ } | quantile_over_time(duration, 0, 1)');
    for (const { exemplars, values } of series)
      for (const { value, interval } of exemplars) {
        const distances = series.map((other) => Math.abs(other.values[interval]! - value));
        expect(Math.abs(values[interval]! - value)).toBe(Math.min(...distances));
      }
    expect(series.flatMap(({ exemplars }) => exemplars)).toHaveLength(4);
  });

  it('there are none when none are asked for', async () =>
    expect(await exemplarsOf('{ } | rate()', 0)).toEqual([]));
});
