/**
 * Decides whether an answer to a TraceQL example is Tempo's recorded one or, where the record is
 * marked as a quirk, the recommended clean one. The order of traces, spans and attributes is free.
 */

type Json = Readonly<Record<string, unknown>>;

interface SpanJson {
  readonly spanID: string;
  readonly name?: string;
  readonly attributes?: readonly unknown[];
}
interface SpanSetJson {
  readonly matched?: number;
  readonly attributes?: readonly unknown[];
  readonly spans?: readonly SpanJson[];
}
interface TraceJson {
  readonly traceID: string;
  readonly rootServiceName?: string;
  readonly rootTraceName?: string;
  readonly durationMs?: number;
  readonly spanSet?: SpanSetJson;
  readonly spanSets?: readonly SpanSetJson[];
}

/** What an example says that the answer is. */
export interface Expectation {
  readonly status?: number;
  readonly traces?: readonly TraceJson[];
  readonly spanIDs?: readonly string[];
}

/** The answer as comparable text, with attributes as `[key, {type: value}]` pairs. */
export function normalizeAnswer(body: unknown): string {
  return normalize((body as { traces?: TraceJson[] }).traces ?? [], (attribute) => {
    const { key, value } = attribute as { key: string; value: Json };
    return [key, plainValue(value)];
  });
}

/** The expectation in the same form; its attributes are pairs already. */
export function normalizeExpectation(traces: readonly TraceJson[]): string {
  return normalize(traces, (attribute) => attribute);
}

/** True when `body` with `status` is what `expected` says. */
export function isExpected(expected: Expectation, status: number, body: unknown): boolean {
  if ((expected.status ?? 200) !== status) return false;
  if (status !== 200) return true;
  if (expected.spanIDs) return spanIds(body).join() === expected.spanIDs.toSorted().join();
  return normalizeAnswer(body) === normalizeExpectation(expected.traces ?? []);
}

function normalize(traces: readonly TraceJson[], pair: (attribute: unknown) => unknown): string {
  const attributes = (list: readonly unknown[] | undefined) => sorted((list ?? []).map(pair));
  return JSON.stringify(
    sorted(
      traces.map((trace) => ({
        traceID: trace.traceID.replace(/^0+/, ''),
        rootServiceName: trace.rootServiceName ?? '',
        rootTraceName: trace.rootTraceName ?? '',
        durationMs: trace.durationMs ?? 0,
        spanSets: sorted(
          spanSetsOf(trace).map((set) => ({
            matched: set.matched ?? 0,
            attributes: attributes(set.attributes),
            spans: sorted(
              (set.spans ?? []).map((span) => ({
                spanID: span.spanID,
                name: span.name ?? '',
                attributes: attributes(span.attributes),
              })),
            ),
          })),
        ),
      })),
    ),
    null,
    1,
  );
}

function spanSetsOf(trace: TraceJson): readonly SpanSetJson[] {
  return trace.spanSets ?? (trace.spanSet ? [trace.spanSet] : []);
}

function spanIds(body: unknown): string[] {
  const traces = (body as { traces?: TraceJson[] }).traces ?? [];
  const ids = traces.flatMap(spanSetsOf).flatMap((set) => (set.spans ?? []).map((s) => s.spanID));
  return [...new Set(ids)].toSorted();
}

function plainValue(value: Json): unknown {
  const [key] = Object.keys(value);
  const type = key!.replace('Value', '');
  const content = value[key!];
  if (type === 'int') return { int: Number(content) };
  if (type === 'array')
    return { array: ((content as { values?: Json[] }).values ?? []).map(plainValue) };
  return { [type]: content };
}

function sorted(items: readonly unknown[]): unknown[] {
  return items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
