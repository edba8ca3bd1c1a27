import { describe, expect, it } from '@jest/globals';
import { create, equals } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';
import { arbitraryTrace, traceBytes } from '@tempo-ts/otlp/testing';
import { assembleTraces, type SpanBatch } from '@tempo-ts/span-batch';
import { arrivalBatchOf } from '@tempo-ts/span-batch/testing';
import fc from 'fast-check';
import { collectTagNames } from './collect-tag-names.ts';
import { collectTagValues } from './collect-tag-values.ts';
import { combineTagNames, combineTagValues } from './combine-tags.ts';
import { arraySource } from './testing/index.ts';

const SIGNAL = new AbortController().signal;
const LIMITS = { maxBytes: 1_000_000 };

const arbitraryBatch = (): fc.Arbitrary<SpanBatch> =>
  arbitraryTrace({ maxSpans: 6, hasRareFields: false }).map((trace) => {
    const span = trace.resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) => spans),
    )[0]!;
    const batch = arrivalBatchOf([{ traceId: span.traceId, bytes: traceBytes(trace) }]);
    return assembleTraces([{ batch, rows: 'all' }]);
  });

const names = (batches: readonly SpanBatch[], fields: object = {}, limits = LIMITS) =>
  collectTagNames(
    create(tempopb.SearchTagsRequestSchema, fields),
    arraySource(batches),
    limits,
    SIGNAL,
  );
const values = (batches: readonly SpanBatch[], fields: object, limits = LIMITS) =>
  collectTagValues(
    create(tempopb.SearchTagValuesRequestSchema, fields),
    arraySource(batches),
    limits,
    SIGNAL,
  );

async function texts(tagName: string): Promise<string[]> {
  const { tagValues } = await values([], { tagName });
  return tagValues.map(({ type, value }) => `${type}:${value}`);
}

describe('tag names and values', () => {
  it('are the same whether batches are read together or answers are combined', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryBatch(), arbitraryBatch(), async (a, b) => {
        const together = combineTagNames([await names([a, b])]);
        const apart = combineTagNames([await names([b]), await names([a])]);
        expect(equals(tempopb.SearchTagsV2ResponseSchema, together, apart)).toBe(true);
        const valuesTogether = combineTagValues([await values([a, b], { tagName: '.a' })]);
        const valuesApart = combineTagValues([
          await values([b], { tagName: '.a' }),
          await values([a], { tagName: '.a' }),
        ]);
        expect(equals(tempopb.SearchTagValuesV2ResponseSchema, valuesTogether, valuesApart)).toBe(
          true,
        );
      }),
    );
  }, 30_000);

  it('under a filter that every span meets are those without a filter', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryBatch(), async (batch) => {
        const query = '{ duration >= 0s || duration < 0s }';
        expect(await names([batch], { query })).toEqual(await names([batch]));
        for (const tagName of ['span.a', 'resource.b', 'event.a', 'name', '.http.method'])
          expect(await values([batch], { tagName, query })).toEqual(
            await values([batch], { tagName }),
          );
      }),
    );
  }, 30_000);

  it('stay within the bytes and the number asked for', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryBatch(), async (batch) => {
        const { scopes } = await names([batch], { maxTagsPerScope: 1 }, { maxBytes: 5 });
        for (const { tags } of scopes) {
          expect(tags).toHaveLength(1);
          expect(Buffer.byteLength(tags[0]!)).toBeLessThanOrEqual(5);
        }
        const { tagValues } = await values([batch], { tagName: '.a', maxTagValues: 2 });
        expect(tagValues.length).toBeLessThanOrEqual(2);
      }),
    );
  }, 30_000);

  it('of unknown scopes and names are refused', async () => {
    await expect(names([], { scope: 'trace' })).rejects.toThrow('invalid scope: trace');
    await expect(values([], { tagName: 'foo bar' })).rejects.toThrow(
      'please provide a valid tagName: ',
    );
  });

  it('of keywords are listed, of durations and ids are not', async () => {
    expect(await texts('status')).toEqual(['keyword:error', 'keyword:ok', 'keyword:unset']);
    expect(await texts('duration')).toEqual([]);
    expect(await texts('span:id')).toEqual([]);
  });
});
