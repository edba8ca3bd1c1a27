/** The worked examples of the language, recorded from Tempo, run through parser, builder and engine. */
import { describe, expect, it } from '@jest/globals';
import { create } from '@bufbuild/protobuf';
import { tempopb, type common } from '@tempo-ts/contracts';
import { otlpJsonToProtobuf, regroupByTrace } from '@tempo-ts/otlp';
import { assembleTraces, type SpanBatch } from '@tempo-ts/span-batch';
import { arrivalBatchOf } from '@tempo-ts/span-batch/testing';
import { parseQuery, TraceQlError } from '@tempo-ts/traceql';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectTagNames } from './collect-tag-names.ts';
import { collectTagValues } from './collect-tag-values.ts';
import { executeSearch, planSearch } from './search.ts';
import { arraySource } from './testing/index.ts';

type TypedValue = Readonly<Record<string, unknown>>;
type Entry = readonly [key: string, value: TypedValue];
interface ExpectedTrace {
  readonly traceID: string;
  readonly rootServiceName?: string;
  readonly rootTraceName?: string;
  readonly durationMs?: number;
  readonly spanSets?: readonly {
    readonly matched?: number;
    readonly attributes?: readonly Entry[];
    readonly spans?: readonly {
      readonly spanID: string;
      readonly name?: string;
      readonly attributes?: readonly Entry[];
    }[];
  }[];
}
interface Expectation {
  readonly status?: number;
  readonly spanIDs?: readonly string[];
  readonly traces?: readonly ExpectedTrace[];
}
interface Example {
  readonly id: string;
  readonly section: string;
  readonly query: string;
  readonly endpoint: string;
  readonly params?: Readonly<Record<string, number>>;
  readonly expect: Expectation;
  readonly recommended?: Expectation;
  readonly differs?: Readonly<Record<string, Expectation>>;
}
interface TagExample {
  readonly id: string;
  readonly path: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly expect: {
    readonly scopes?: Readonly<Record<string, readonly string[]>>;
    readonly tagValues?: readonly (readonly [type: string, value: string])[];
  };
}
interface ExampleFile {
  readonly t0UnixSeconds: number;
  readonly requestDefaults: {
    readonly search: Readonly<Record<'start' | 'end' | 'limit' | 'spss', number>>;
  };
  readonly dataset: unknown;
  readonly examples: readonly Example[];
  readonly tagExamples: readonly TagExample[];
}

const file = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../traceql/test/traceql-examples.json'), 'utf8'),
) as ExampleFile;
const SIGNAL = new AbortController().signal;

function dataset(): SpanBatch {
  const request = otlpJsonToProtobuf(Buffer.from(JSON.stringify(file.dataset)));
  const pieces = regroupByTrace(request).pieces.map(({ traceId, slices }) => ({
    traceId,
    bytes: Uint8Array.from(Buffer.concat(slices)),
  }));
  return assembleTraces([{ batch: arrivalBatchOf(pieces), rows: 'all' }]);
}

const source = arraySource([dataset()]);

interface Answer {
  readonly status: number;
  readonly response: tempopb.SearchResponse;
}

async function answer(example: Example): Promise<Answer> {
  const { start, end, limit, spss } = { ...file.requestDefaults.search, ...example.params };
  const none = create(tempopb.SearchResponseSchema);
  try {
    const plan = planSearch(parseQuery(example.query), {
      limit,
      spansPerSpanSet: spss,
      startUnixSeconds: start,
      endUnixSeconds: end,
    });
    return { status: 200, response: await executeSearch(plan, source, SIGNAL) };
  } catch (error) {
    if (error instanceof TraceQlError) return { status: 400, response: none };
    if ((error as Error).name === 'QueryError' && (error as { code?: string }).code === 'failed')
      return { status: 500, response: none };
    throw error;
  }
}

const stable = (value: unknown) => JSON.stringify(value);
const sorted = (values: readonly unknown[]) => values.map((value) => stable(value)).toSorted();

function typedValue(value: common.AnyValue | undefined): TypedValue {
  const held = value?.value;
  switch (held?.case) {
    case 'stringValue':
      return { string: held.value };
    case 'intValue':
      return { int: Number(held.value) };
    case 'doubleValue':
      return { double: held.value };
    case 'boolValue':
      return { bool: held.value };
    case 'arrayValue':
      return { array: held.value.values.map((element) => typedValue(element)) };
    default:
      throw new Error(`unexpected value ${held?.case}`);
  }
}

const entries = (list: readonly common.KeyValue[]): Entry[] =>
  list.map(({ key, value }) => [key, typedValue(value)]);

/** Traces, sets, spans and attributes without their order. */
function orderFree(traces: readonly ExpectedTrace[]): string {
  return stable(
    sorted(
      traces.map((trace) => ({
        traceID: trace.traceID.replace(/^0+/, ''),
        rootServiceName: trace.rootServiceName ?? '',
        rootTraceName: trace.rootTraceName ?? '',
        durationMs: trace.durationMs ?? 0,
        spanSets: sorted(
          (trace.spanSets ?? []).map((set) => ({
            matched: set.matched ?? 0,
            attributes: sorted(set.attributes ?? []),
            spans: sorted(
              (set.spans ?? []).map((span) => ({
                spanID: span.spanID,
                name: span.name || undefined,
                attributes: sorted(span.attributes ?? []),
              })),
            ),
          })),
        ),
      })),
    ),
  );
}

function tracesOf(response: tempopb.SearchResponse): ExpectedTrace[] {
  return response.traces.map((trace) => ({
    traceID: trace.traceID,
    rootServiceName: trace.rootServiceName,
    rootTraceName: trace.rootTraceName,
    durationMs: trace.durationMs,
    spanSets: trace.spanSets.map((set) => ({
      matched: set.matched,
      attributes: entries(set.attributes),
      spans: set.spans.map((span) => ({
        spanID: span.spanID,
        name: span.name,
        attributes: entries(span.attributes),
      })),
    })),
  }));
}

/** What the answer is compared with: span ids alone where only those are given. */
function view(expected: Expectation, { status, response }: Answer): readonly [unknown, unknown] {
  if ((expected.status ?? 200) !== 200 || status !== 200) return [expected.status ?? 200, status];
  const ids = response.traces.flatMap(({ spanSets }) =>
    spanSets.flatMap(({ spans }) => spans.map(({ spanID }) => spanID)),
  );
  if (expected.spanIDs) return [[...expected.spanIDs].toSorted(), [...new Set(ids)].toSorted()];
  return [orderFree(expected.traces ?? []), orderFree(tracesOf(response))];
}

describe('TraceQL examples', () => {
  const searches = file.examples.filter(({ endpoint }) => endpoint === 'search');

  it.each(searches.map((example) => [example.id, example.query, example] as const))(
    '%s %s',
    async (_id, _query, example) => {
      const found = await answer(example);
      // The clean answer where Tempo's is a known mistake; where versions differ, that of either.
      const accepted = [
        example.recommended ?? example.expect,
        ...Object.values(example.differs ?? {}),
      ];
      const pairs = accepted.map((expected) => view(expected, found));
      const [wanted, got] =
        pairs.find(([one, other]) => stable(one) === stable(other)) ?? pairs[0]!;
      expect(got).toEqual(wanted);
    },
  );

  it('of metrics are left to the engine of metrics', () => {
    const others = file.examples.filter(({ endpoint }) => endpoint !== 'search');
    expect(new Set(others.map(({ section }) => section))).toEqual(new Set(['metrics']));
  });
});

describe('tag examples', () => {
  const names = file.tagExamples.filter(({ expect: { scopes } }) => scopes);
  const values = file.tagExamples.filter(({ expect: { tagValues } }) => tagValues);

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
    expect(sorted(tagValues.map(({ type, value }) => [type, value]))).toEqual(sorted(wanted));
  });
});
