/**
 * Generators of traces rich in edge cases: every kind of attribute value, repeated keys, unicode,
 * empty strings, missing resources, scopes and status, orphans, shared span ids, negative durations.
 * Values come from small pools as often as from the whole range, so that equal resources, equal
 * strings and parents that exist are common.
 */
import { clone, create, toBinary } from '@bufbuild/protobuf';
import { common, resource, tempopb, trace as otlp, traceService } from '@tempo-ts/contracts';
import fc from 'fast-check';

export interface TraceSizes {
  /** Default 12. */
  readonly maxSpans?: number;
  /** Spans can have dropped counts, flags, schema URLs; default true. */
  readonly hasRareFields?: boolean;
}

export interface RequestSizes extends TraceSizes {
  /** Default 4. */
  readonly maxTraces?: number;
}

const KEYS = [
  'service.name',
  'k8s.cluster.name',
  'namespace',
  'http.method',
  'http.url',
  'http.status_code',
  'opentracing.ref_type',
  'a',
  'b',
  '',
  'ключ',
  'a b"c\\d\n',
];
const TEXTS = ['', 'GET', 'shop', 'payment', 'child_of', 'true', '200', 'ünïcödé', '日本語', '🙂'];
const INTS = [0n, 1n, -1n, 200n, 404n, 127n, 128n, 2n ** 31n, -(2n ** 31n), 2n ** 53n + 1n];
const BASE_UNIX_NANO = 1_700_000_000_000_000_000n;

const arbitraryText = () =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...TEXTS) },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
  );
const arbitraryKey = () =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...KEYS) },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }) },
  );
const arbitraryInt64 = () =>
  fc.oneof(fc.constantFrom(...INTS), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
const arbitraryDouble = () =>
  fc.oneof(fc.constantFrom(0, -0, 1.5, -2.25, Number.NaN, Infinity, -Infinity), fc.double());
const arbitraryCount = () =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(4_000_000) });

/** 16 bytes, not all zero; from a small pool half of the time. */
export function arbitraryTraceId(): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    fc.integer({ min: 1, max: 20 }).map((last) => idBytes(16, last)),
    fc.uint8Array({ minLength: 16, maxLength: 16 }).map(notAllZero),
  );
}

/** 8 bytes, not all zero; from a small pool most of the time. */
export function arbitrarySpanId(): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 12 }).map((last) => idBytes(8, last)) },
    {
      weight: 1,
      arbitrary: fc.uint8Array({ minLength: 8, maxLength: 8 }).map(notAllZero),
    },
  );
}

/** Any attribute value, nested up to `depth` levels. */
export function arbitraryAnyValue(depth = 2): fc.Arbitrary<common.AnyValue> {
  const scalars: fc.Arbitrary<Value>[] = [
    arbitraryText().map((value) => ({ case: 'stringValue' as const, value })),
    arbitraryInt64().map((value) => ({ case: 'intValue' as const, value })),
    arbitraryDouble().map((value) => ({ case: 'doubleValue' as const, value })),
    fc.boolean().map((value) => ({ case: 'boolValue' as const, value })),
  ];
  const homogeneous = scalars.map((scalar) =>
    fc.array(scalar, { maxLength: 4 }).map((values) => arrayValue(values.map(anyValue))),
  );
  const rare: fc.Arbitrary<Value>[] = [
    fc.uint8Array({ maxLength: 5 }).map((value) => ({ case: 'bytesValue' as const, value })),
    fc.constant({ case: undefined }),
    ...homogeneous,
  ];
  if (depth > 0) {
    const nested = arbitraryAnyValue(depth - 1);
    rare.push(fc.array(nested, { maxLength: 3 }).map(arrayValue));
    rare.push(
      fc
        .array(fc.tuple(arbitraryKey(), nested), { maxLength: 3 })
        .map((entries) => keyValueList(entries.map(([key, value]) => keyValue(key, value)))),
    );
  }
  return fc
    .oneof(
      { weight: 3, arbitrary: fc.oneof(...scalars) },
      { weight: 1, arbitrary: fc.oneof(...rare) },
    )
    .map(anyValue);
}

/** Attributes; keys may recur, a value may be missing altogether. */
export function arbitraryAttributes(maxLength = 5): fc.Arbitrary<common.KeyValue[]> {
  const value = fc.option(arbitraryAnyValue(), { nil: undefined, freq: 20 });
  return fc.array(
    fc.tuple(arbitraryKey(), value).map(([key, attribute]) => keyValue(key, attribute)),
    { maxLength },
  );
}

/** A span of the trace `traceId`. */
export function arbitrarySpan(
  traceId: Uint8Array,
  sizes: TraceSizes = {},
): fc.Arbitrary<otlp.Span> {
  const count = sizes.hasRareFields === false ? fc.constant(0) : arbitraryCount();
  return fc
    .record({
      spanId: arbitrarySpanId(),
      parentSpanId: fc.oneof(
        { weight: 2, arbitrary: arbitrarySpanId() },
        { weight: 1, arbitrary: fc.constant<Uint8Array>(new Uint8Array(0)) },
      ),
      traceState: fc.constantFrom('', '', 'k=v', 'rojo=00f067aa0ba902b7'),
      name: arbitraryText(),
      kind: fc.constantFrom<otlp.Span_SpanKind[]>(0, 1, 2, 3, 4, 5),
      times: arbitraryTimes(),
      attributes: arbitraryAttributes(),
      events: fc.array(arbitraryEvent(count), { maxLength: 2 }),
      links: fc.array(arbitraryLink(traceId, count), { maxLength: 2 }),
      status: fc.option(arbitraryStatus(), { nil: undefined, freq: 2 }),
      droppedAttributesCount: count,
      droppedEventsCount: count,
      droppedLinksCount: count,
      flags: count,
    })
    .map(({ times, status, ...fields }) =>
      create(otlp.SpanSchema, { traceId, ...fields, ...times, ...(status ? { status } : {}) }),
    );
}

/** A trace: all spans have one trace id, spread over several resources and scopes. */
export function arbitraryTrace(sizes: TraceSizes = {}): fc.Arbitrary<tempopb.Trace> {
  return arbitraryTraceId().chain((traceId) =>
    arbitraryResourceSpans([traceId], sizes).map((resourceSpans) =>
      create(tempopb.TraceSchema, { resourceSpans }),
    ),
  );
}

/** An export request with spans of several traces in any order; empty groups occur. */
export function arbitraryExportRequest(
  sizes: RequestSizes = {},
): fc.Arbitrary<traceService.ExportTraceServiceRequest> {
  return fc
    .uniqueArray(arbitraryTraceId(), {
      minLength: 1,
      maxLength: sizes.maxTraces ?? 4,
      selector: (id) => id.join(),
    })
    .chain((traceIds) => arbitraryResourceSpans(traceIds, sizes))
    .map((resourceSpans) =>
      create(traceService.ExportTraceServiceRequestSchema, { resourceSpans }),
    );
}

/** The trace, serialized. */
export function traceBytes(trace: tempopb.Trace): Uint8Array {
  return toBinary(tempopb.TraceSchema, trace);
}

/** The request, serialized. */
export function exportRequestBytes(request: traceService.ExportTraceServiceRequest): Uint8Array {
  return toBinary(traceService.ExportTraceServiceRequestSchema, request);
}

/** A request with one resource (service.name `service`), one scope and these spans. */
export function requestOf(
  spans: otlp.Span[],
  service = 'shop',
): traceService.ExportTraceServiceRequest {
  const attributes = [keyValue('service.name', anyValue({ case: 'stringValue', value: service }))];
  return create(traceService.ExportTraceServiceRequestSchema, {
    resourceSpans: [{ resource: { attributes }, scopeSpans: [{ scope: { name: 'http' }, spans }] }],
  });
}

/** `length` bytes ending in `last`. */
export function idBytes(length: number, last: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes[length - 1] = last;
  return bytes;
}

/** Spans of the traces, dealt out to resources and scopes. */
function arbitraryResourceSpans(
  traceIds: readonly Uint8Array[],
  sizes: TraceSizes,
): fc.Arbitrary<otlp.ResourceSpans[]> {
  const span = fc.constantFrom(...traceIds).chain((traceId) => arbitrarySpan(traceId, sizes));
  const places = fc.array(fc.tuple(span, fc.nat(1000)), {
    minLength: 1,
    maxLength: sizes.maxSpans ?? 12,
  });
  const layout = fc.array(arbitraryResourceLayout(sizes), { minLength: 1, maxLength: 3 });
  return fc.tuple(places, layout).map(([dealt, empty]) => {
    const batches = empty.map((batch) => clone(otlp.ResourceSpansSchema, batch));
    const scopes = batches.flatMap((batch) => batch.scopeSpans);
    for (const [next, choice] of dealt) scopes[choice % scopes.length]!.spans.push(next);
    return batches;
  });
}

/** ResourceSpans without spans. */
function arbitraryResourceLayout(sizes: TraceSizes): fc.Arbitrary<otlp.ResourceSpans> {
  const rare = sizes.hasRareFields !== false;
  const schemaUrl = rare ? fc.constantFrom('', '', 'https://schema/1') : fc.constant('');
  const count = rare ? arbitraryCount() : fc.constant(0);
  return fc
    .record({
      resource: fc.option(
        fc.record({ attributes: arbitraryAttributes(4), droppedAttributesCount: count }),
        { nil: undefined, freq: 6 },
      ),
      scopes: fc.array(
        fc.record({
          scope: fc.option(
            fc.record({
              name: fc.constantFrom('', 'http', 'jdbc'),
              version: fc.constantFrom('', '1.0'),
              attributes: arbitraryAttributes(2),
              droppedAttributesCount: count,
            }),
            { nil: undefined, freq: 6 },
          ),
          schemaUrl,
        }),
        { minLength: 1, maxLength: 3 },
      ),
      schemaUrl,
    })
    .map((batch) =>
      create(otlp.ResourceSpansSchema, {
        schemaUrl: batch.schemaUrl,
        ...(batch.resource ? { resource: create(resource.ResourceSchema, batch.resource) } : {}),
        scopeSpans: batch.scopes.map((entry) =>
          create(otlp.ScopeSpansSchema, {
            schemaUrl: entry.schemaUrl,
            ...(entry.scope
              ? { scope: create(common.InstrumentationScopeSchema, entry.scope) }
              : {}),
          }),
        ),
      }),
    );
}

/** Mostly near one moment; sometimes unset, extreme, or ending before they start. */
function arbitraryTimes() {
  const near = fc.bigInt({ min: 0n, max: 5_000_000_000n }).map((offset) => BASE_UNIX_NANO + offset);
  const far = fc.constantFrom(0n, 1n, 2n ** 63n - 1n, 2n ** 64n - 1n);
  const time = fc.oneof({ weight: 12, arbitrary: near }, { weight: 1, arbitrary: far });
  return fc.record({ startTimeUnixNano: time, endTimeUnixNano: time });
}

function arbitraryEvent(count: fc.Arbitrary<number>): fc.Arbitrary<otlp.Span_Event> {
  return fc
    .record({
      timeUnixNano: arbitraryTimes().map((times) => times.startTimeUnixNano),
      name: fc.constantFrom('', 'exception', 'cache.miss'),
      attributes: arbitraryAttributes(3),
      droppedAttributesCount: count,
    })
    .map((event) => create(otlp.Span_EventSchema, event));
}

function arbitraryLink(
  ownTraceId: Uint8Array,
  count: fc.Arbitrary<number>,
): fc.Arbitrary<otlp.Span_Link> {
  return fc
    .record({
      traceId: fc.oneof(
        fc.constant(ownTraceId),
        arbitraryTraceId(),
        fc.constant(new Uint8Array(0)),
      ),
      spanId: fc.oneof(arbitrarySpanId(), fc.constant(new Uint8Array(0))),
      traceState: fc.constantFrom('', 'k=v'),
      attributes: arbitraryAttributes(2),
      droppedAttributesCount: count,
      flags: count,
    })
    .map((link) => create(otlp.Span_LinkSchema, link));
}

function arbitraryStatus(): fc.Arbitrary<otlp.Status> {
  return fc
    .record({
      code: fc.constantFrom<otlp.Status_StatusCode[]>(0, 1, 2),
      message: fc.constantFrom('', 'boom', 'нет'),
    })
    .map((status) => create(otlp.StatusSchema, status));
}

type Value = common.AnyValue['value'];

function anyValue(value: Value): common.AnyValue {
  return create(common.AnyValueSchema, { value });
}

function arrayValue(values: common.AnyValue[]): Value {
  return { case: 'arrayValue', value: create(common.ArrayValueSchema, { values }) };
}

function keyValueList(values: common.KeyValue[]): Value {
  return { case: 'kvlistValue', value: create(common.KeyValueListSchema, { values }) };
}

function keyValue(key: string, value: common.AnyValue | undefined): common.KeyValue {
  return create(common.KeyValueSchema, { key, ...(value ? { value } : {}) });
}

function notAllZero(bytes: Uint8Array): Uint8Array {
  if (bytes.every((byte) => byte === 0)) bytes[bytes.length - 1] = 1;
  return bytes;
}
