import { describe, expect, it } from '@jest/globals';
import { create } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';
import { collectTagNames } from './collect-tag-names.ts';
import { collectTagValues } from './collect-tag-values.ts';
import {
  answerExample,
  arraySource,
  compareExample,
  exampleBatch,
  examples,
} from './testing/index.ts';

const SIGNAL = new AbortController().signal;
const source = arraySource([exampleBatch()]);

function texts(pairs: readonly (readonly string[])[]): string[] {
  return pairs.map((pair) => pair.join(':')).toSorted();
}

describe('TraceQL examples', () => {
  const searches = examples().examples.filter(({ endpoint }) => endpoint === 'search');

  it.each(searches.map((example) => [example.id, example.query, example] as const))(
    '%s %s',
    async (_id, _query, example) => {
      const { wanted, got } = compareExample(example, await answerExample(example, source));
      expect(got).toEqual(wanted);
    },
  );

  it('of metrics are left to the engine of metrics', () => {
    const others = examples().examples.filter(({ endpoint }) => endpoint !== 'search');
    expect(new Set(others.map(({ section }) => section))).toEqual(new Set(['metrics']));
  });
});

describe('tag examples', () => {
  const names = examples().tagExamples.filter(({ expect: { scopes } }) => scopes);
  const values = examples().tagExamples.filter(({ expect: { tagValues } }) => tagValues);

  it.each(names.map((example) => [example.id, example] as const))('%s', async (_id, example) => {
    const request = create(tempopb.SearchTagsRequestSchema, {
      scope: example.params?.['scope'] ?? '',
      query: example.params?.['q'] ?? '',
    });
    const { scopes } = await collectTagNames(request, source, { maxBytes: 1e6 }, SIGNAL);
    // The scope of intrinsics needs no data and is added by who answers the client.
    const { intrinsic: _, ...wanted } = example.expect.scopes!;
    expect(Object.fromEntries(scopes.map(({ name, tags }) => [name, tags]))).toEqual(
      Object.fromEntries(
        Object.entries(wanted).map(([name, tags]) => [name, [...tags].toSorted()]),
      ),
    );
  });

  it.each(values.map((example) => [example.id, example] as const))('%s', async (_id, example) => {
    const tagName = /tag\/(.*)\/values$/.exec(example.path)![1]!;
    const request = create(tempopb.SearchTagValuesRequestSchema, {
      tagName,
      query: example.params?.['q'] ?? '',
    });
    const { tagValues } = await collectTagValues(request, source, { maxBytes: 1e6 }, SIGNAL);
    const wanted = example.expect.tagValues!.map(([type, value]) => [type, value ?? '']);
    expect(texts(tagValues.map(({ type, value }) => [type, value]))).toEqual(texts(wanted));
  });
});
