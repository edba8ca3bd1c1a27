/** The worked examples of the language, recorded from Tempo, for the tests of all who answer queries. */
import { create } from '@bufbuild/protobuf';
import { tempopb, type common } from '@tempo-ts/contracts';
import { otlpJsonToProtobuf, regroupByTrace } from '@tempo-ts/otlp';
import type { SpanBatch } from '@tempo-ts/span-batch';
import { spanBatchOf } from '@tempo-ts/span-batch/testing';
import { parseQuery, TraceQlError } from '@tempo-ts/traceql';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { executeSearch } from '../execute-search.ts';
import { planSearch } from '../plan-search.ts';
import type { SpansetSource } from '../spanset-source.ts';

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
/** A query, and what Tempo answered. */
export interface TraceQlExample {
  readonly id: string;
  readonly section: string;
  readonly query: string;
  readonly endpoint: string;
  readonly params?: Readonly<Record<string, number>>;
  readonly expect: Expectation;
  readonly recommended?: Expectation;
  readonly differs?: Readonly<Record<string, Expectation>>;
}
/** A look-up of tag names or values, and what Tempo answered. */
export interface TagExample {
  readonly id: string;
  readonly path: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly expect: {
    readonly scopes?: Readonly<Record<string, readonly string[]>>;
    readonly tagValues?: readonly (readonly [type: string, value: string])[];
  };
}
/** The worked examples of the language and the data they run on. */
export interface ExampleFile {
  readonly t0UnixSeconds: number;
  readonly requestDefaults: {
    readonly search: Readonly<Record<'start' | 'end' | 'limit' | 'spss', number>>;
  };
  readonly dataset: unknown;
  readonly examples: readonly TraceQlExample[];
  readonly tagExamples: readonly TagExample[];
}

let loaded: ExampleFile | undefined;

/** All examples. */
export function examples(): ExampleFile {
  const path = join(import.meta.dirname, '../../../traceql/test/traceql-examples.json');
  return (loaded ??= JSON.parse(readFileSync(path, 'utf8')) as ExampleFile);
}

/** Their data, assembled. */
export function exampleBatch(): SpanBatch {
  const request = otlpJsonToProtobuf(Buffer.from(JSON.stringify(examples().dataset)));
  return spanBatchOf(
    regroupByTrace(request).pieces.map(({ traceId, slices }) => ({
      traceId,
      bytes: Uint8Array.from(Buffer.concat(slices)),
    })),
  );
}

const SIGNAL = new AbortController().signal;

/** What came of an example. */
export interface ExampleAnswer {
  readonly status: number;
  readonly response: tempopb.SearchResponse;
}

/** Runs an example over a source that has the data set. */
export async function answerExample(
  example: TraceQlExample,
  source: SpansetSource,
): Promise<ExampleAnswer> {
  const { start, end, limit, spss } = { ...examples().requestDefaults.search, ...example.params };
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
function view(
  expected: Expectation,
  { status, response }: ExampleAnswer,
): readonly [unknown, unknown] {
  if ((expected.status ?? 200) !== 200 || status !== 200) return [expected.status ?? 200, status];
  const ids = response.traces.flatMap(({ spanSets }) =>
    spanSets.flatMap(({ spans }) => spans.map(({ spanID }) => spanID)),
  );
  if (expected.spanIDs) return [[...expected.spanIDs].toSorted(), [...new Set(ids)].toSorted()];
  return [orderFree(expected.traces ?? []), orderFree(tracesOf(response))];
}

/**
 * The wanted and the given answer of an example, equal when it passed. The clean answer is wanted
 * where Tempo's is a known mistake; where versions differ, that of either.
 */
export function compareExample(
  example: TraceQlExample,
  answer: ExampleAnswer,
): { readonly wanted: unknown; readonly got: unknown } {
  const accepted = [example.recommended ?? example.expect, ...Object.values(example.differs ?? {})];
  const pairs = accepted.map((expected) => view(expected, answer));
  const [wanted, got] = pairs.find(([one, other]) => stable(one) === stable(other)) ?? pairs[0]!;
  return { wanted, got };
}
