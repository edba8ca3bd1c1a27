import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { tempopb } from '@tempo-ts/contracts';
import { SINGLE_TENANT, type PlannedBlocks } from '@tempo-ts/ports';
import { parseQuery } from '@tempo-ts/traceql';
import { SeriesCombiner } from '@tempo-ts/traceql-engine';
import type { IngesterModule } from './module.ts';
import { startHarness, until, withDirectory } from './testing/ingester-harness.ts';

const SIGNAL = new AbortController().signal;
const EPOCH = 1_790_000_000_000_000_000n;
const SECOND = 1_000_000_000n;
const RANGE = { start: EPOCH, end: EPOCH + 1000n * SECOND, step: 250n * SECOND };

/** The series of a query over recent data: label → values. */
async function queryRange(
  module: IngesterModule,
  query: string,
  plannedBlocks: PlannedBlocks = new Set(),
  range = RANGE,
): Promise<Record<string, number[]>> {
  const metrics = create(tempopb.QueryRangeRequestSchema, { query, ...range });
  const partial = await module.recent.queryRange(
    { tenant: SINGLE_TENANT, metrics, plannedBlocks },
    SIGNAL,
  );
  const combiner = new SeriesCombiner(parseQuery(query), { ...range, exemplars: 0, maxSeries: 0 });
  combiner.add(partial);
  return Object.fromEntries(
    combiner.finish().series.map(({ labels, values }) => [String(labels[0]!.value), [...values]]),
  );
}

describe('metrics of recent data', () => {
  it('every acknowledged span is counted once, at every moment, in the bucket of its start', () =>
    withDirectory(async (directory) => {
      const { module, push } = await startHarness(directory);
      const counts = [0, 0, 0, 0];
      for (let n = 1; n <= 60; n += 1) {
        const span = n * 16;
        await push(n % 7, [span]);
        const bucket = Math.ceil(span / 250) - 1;
        counts[bucket] = counts[bucket]! + 1;
        if (n % 20 === 0) await module.flush();
        if (n % 3 !== 0) continue;
        expect(await queryRange(module, '{ } | count_over_time()')).toEqual({
          count_over_time: counts,
        });
      }
      await module.stop();
    }));

  it('blocks that the query reads itself are left out', () =>
    withDirectory(async (directory) => {
      const { module, push, announced, plannedNow } = await startHarness(directory);
      await push(1, [1, 2]);
      await module.flush();
      await until('the announcement', () => announced.length === 1);
      await push(2, [3]);
      const query = '{ } | count_over_time() by (name)';
      const seen = async (planned: PlannedBlocks) =>
        Object.keys(await queryRange(module, query, planned)).toSorted();
      expect(await seen(plannedNow())).toEqual(['span 3']);
      expect(await seen(new Set())).toEqual(['span 1', 'span 2', 'span 3']);
      await module.stop();
    }));

  it('a query that fails on the data says so', () =>
    withDirectory(async (directory) => {
      const { module, push } = await startHarness(directory);
      await push(1, [1]);
      await expect(queryRange(module, '{ !resource.service.name } | rate()')).rejects.toMatchObject(
        {
          name: 'QueryError',
        },
      );
      await module.stop();
    }));
});
