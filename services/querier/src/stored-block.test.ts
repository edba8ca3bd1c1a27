/** Blocks decide on dictionaries, and keep what they decoded: answers must not show it. */
import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { BlockCache, blockSpansetSource, openBlock, toBlockRef } from '@tempo-ts/block';
import { writeBlock } from '@tempo-ts/block/testing';
import { tempopb } from '@tempo-ts/contracts';
import { arbitraryTrace } from '@tempo-ts/otlp/testing';
import { spanBatchOf } from '@tempo-ts/span-batch/testing';
import {
  collectTagNames,
  collectTagValues,
  executeSearch,
  planFromRequest,
  type SpansetSource,
} from '@tempo-ts/traceql-engine';
import { arbitraryQueryText, arraySource, plainResponse } from '@tempo-ts/traceql-engine/testing';
import fc from 'fast-check';

const SIGNAL = new AbortController().signal;
const QUERIES = 400;
const TAGS = ['a', 'http.method', 'http.status_code', 'service.name', 'namespace', 'ключ', 'name'];

/** Query texts that can be planned. */
function queryTexts(count: number, seed: number): string[] {
  return fc.sample(arbitraryQueryText(), { numRuns: count, seed }).filter((Query) => {
    try {
      planFromRequest(create(tempopb.SearchRequestSchema, { Query }));
      return true;
    } catch {
      return false;
    }
  });
}

async function search(Query: string, Limit: number, source: SpansetSource): Promise<unknown> {
  const request = create(tempopb.SearchRequestSchema, { Query, Limit, SpansPerSpanSet: 3 });
  try {
    return plainResponse(await executeSearch(planFromRequest(request), source, SIGNAL));
  } catch (error) {
    return (error as Error).message;
  }
}

/** A block of small row groups of generated traces, and the same traces in memory. */
async function stored(seed: number) {
  const traces = fc.array(arbitraryTrace({ maxSpans: 7, hasRareFields: false }), {
    minLength: 25,
    maxLength: 25,
  });
  const [sample] = fc.sample(traces, { numRuns: 1, seed });
  const batch = spanBatchOf(sample!);
  return { batch, ...(await writeBlock([batch], { maxRowGroupSpans: 30 })) };
}

describe('a stored block', () => {
  it.each([1, 2])(
    'answers as the same spans in memory do, whatever was asked before (%d)',
    async (seed) => {
      const { batch, meta, store } = await stored(seed);
      // Room for everything, for little, and for nothing.
      for (const capacityBytes of [64e6, 40_000, 0]) {
        const cache = new BlockCache({ capacityBytes });
        const block = await openBlock({ ref: toBlockRef(meta), store, cache });
        for (const query of queryTexts(QUERIES, seed + capacityBytes))
          for (const limit of [2, 100]) {
            const answer = await search(query, limit, blockSpansetSource(block));
            expect([query, limit, answer]).toEqual([
              query,
              limit,
              await search(query, limit, arraySource([batch])),
            ]);
          }
      }
    },
  );

  it('lists the tags and values that the same spans in memory have', async () => {
    const { batch, meta, store } = await stored(3);
    const cache = new BlockCache({ capacityBytes: 64e6 });
    const block = await openBlock({ ref: toBlockRef(meta), store, cache });
    const limits = { maxBytes: 1e6 };
    for (const query of ['', '', '{ span.http.method = "GET" }']) {
      const request = create(tempopb.SearchTagsRequestSchema, { query });
      const names = (source: SpansetSource) => collectTagNames(request, source, limits, SIGNAL);
      expect(await names(blockSpansetSource(block))).toEqual(await names(arraySource([batch])));
      for (const tagName of TAGS.flatMap((tag) => [`.${tag}`, `span.${tag}`, `resource.${tag}`])) {
        const wanted = create(tempopb.SearchTagValuesRequestSchema, { tagName, query });
        const values = (source: SpansetSource) => collectTagValues(wanted, source, limits, SIGNAL);
        expect(await values(blockSpansetSource(block))).toEqual(await values(arraySource([batch])));
      }
    }
  });
});
