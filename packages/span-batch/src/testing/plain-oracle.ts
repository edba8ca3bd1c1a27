/**
 * What a batch must hold, worked out the slow and obvious way from decoded messages: the rules of the
 * vParquet4 row written down a second time, to test the fast way against.
 */
import { fromBinary } from '@bufbuild/protobuf';
import { tempopb } from '@tempo-ts/contracts';
import type { common, trace as otlp } from '@tempo-ts/contracts';
import { RESOURCE_FIXED_COLUMNS, SPAN_FIXED_COLUMNS } from '../dedicated-column.ts';
import type { DedicatedColumn } from '../dedicated-column.ts';
import type {
  PlainAttribute,
  PlainEvent,
  PlainLink,
  PlainResource,
  PlainScope,
  PlainSpan,
  PlainTrace,
} from './describe-span-batch.ts';
import type { TraceBytes } from './span-batch-of.ts';

/** The row that a builder must make of a piece. */
export function plainPieceOf(
  { traceId, bytes }: TraceBytes,
  dedicatedColumns: readonly DedicatedColumn[] = [],
): PlainTrace {
  const message = fromBinary(tempopb.TraceSchema, bytes);
  const columnsOf = (scope: 'resource' | 'span', fixed: readonly string[]): readonly string[] => [
    ...fixed,
    ...dedicatedColumns.filter((column) => column.scope === scope).map(({ name }) => name),
  ];
  const resourceColumns = columnsOf('resource', RESOURCE_FIXED_COLUMNS);
  const spanColumns = columnsOf('span', SPAN_FIXED_COLUMNS);
  const resources = message.resourceSpans
    .map((batch) => plainResourceOf(batch, resourceColumns, spanColumns))
    .filter(({ scopes }) => scopes.length > 0);
  return {
    id: hex(traceId),
    ...unionOf(
      spansOf(resources).map(({ startUnixNanos, durationNanos }) => ({
        start: startUnixNanos,
        end: BigInt.asUintN(64, startUnixNanos + durationNanos),
      })),
    ),
    rootServiceName: undefined,
    rootSpanName: undefined,
    serviceStats: [],
    resources,
  };
}

/** From the earliest start but 0 to the latest end. */
export function unionOf(
  times: readonly { readonly start: bigint; readonly end: bigint }[],
): Pick<PlainTrace, 'startUnixNanos' | 'endUnixNanos'> {
  const starts = times.map(({ start }) => start).filter((start) => start !== 0n);
  return {
    startUnixNanos: starts.reduce((a, b) => (a < b ? a : b), starts[0] ?? 0n),
    endUnixNanos: times.reduce((latest, { end }) => (latest > end ? latest : end), 0n),
  };
}

export function spansOf(resources: readonly PlainResource[]): PlainSpan[] {
  return resources.flatMap(({ scopes }) => scopes.flatMap(({ spans }) => spans));
}

function plainResourceOf(
  batch: otlp.ResourceSpans,
  resourceColumns: readonly string[],
  spanColumns: readonly string[],
): PlainResource {
  const attributes = sortedByKey(batch.resource?.attributes ?? []);
  const { columns, generic } = partColumns(attributes, ['service.name', ...resourceColumns]);
  const { 'service.name': serviceName = '', ...others } = columns;
  return {
    serviceName: String(serviceName),
    columns: others,
    attributes: generic,
    droppedAttributesCount: (batch.resource?.droppedAttributesCount ?? 0) | 0,
    scopes: batch.scopeSpans
      .map((scopeSpans) => plainScopeOf(scopeSpans, spanColumns))
      .filter(({ spans }) => spans.length > 0),
  };
}

function plainScopeOf(
  { scope, spans }: otlp.ScopeSpans,
  spanColumns: readonly string[],
): PlainScope {
  return {
    name: scope?.name ?? '',
    version: scope?.version ?? '',
    attributes: sortedByKey(scope?.attributes ?? []).map(plainAttribute),
    droppedAttributesCount: (scope?.droppedAttributesCount ?? 0) | 0,
    spans: spans.map((span) => plainSpanOf(span, spanColumns)),
  };
}

function plainSpanOf(span: otlp.Span, spanColumns: readonly string[]): PlainSpan {
  const { columns, generic } = partColumns(span.attributes, spanColumns);
  return {
    id: hex(span.spanId),
    parentId: hex(span.parentSpanId),
    nestedSet: [0, 0, 0],
    name: span.name,
    kind: span.kind,
    traceState: span.traceState,
    startUnixNanos: span.startTimeUnixNano,
    durationNanos: BigInt.asUintN(64, span.endTimeUnixNano - span.startTimeUnixNano),
    statusCode: span.status?.code ?? 0,
    statusMessage: span.status?.message ?? '',
    columns,
    attributes: generic,
    droppedCounts: [
      span.droppedAttributesCount | 0,
      span.droppedEventsCount | 0,
      span.droppedLinksCount | 0,
    ],
    events: span.events.map((event): PlainEvent => ({
      timeSinceStartNanos: BigInt.asUintN(64, event.timeUnixNano - span.startTimeUnixNano),
      name: event.name,
      attributes: event.attributes.map(plainAttribute),
      droppedAttributesCount: event.droppedAttributesCount | 0,
    })),
    links: span.links.map((link): PlainLink => ({
      traceId: hex(link.traceId),
      spanId: hex(link.spanId),
      traceState: link.traceState,
      attributes: link.attributes.map(plainAttribute),
      droppedAttributesCount: link.droppedAttributesCount | 0,
    })),
  };
}

/** Values whose name has a column of the right type, the last of a name winning; and all others. */
function partColumns(
  attributes: readonly common.KeyValue[],
  names: readonly string[],
): { columns: Record<string, string | bigint>; generic: PlainAttribute[] } {
  const found = new Map<string, string | bigint>();
  const generic: PlainAttribute[] = [];
  for (const attribute of attributes) {
    const wanted = attribute.key === 'http.status_code' ? 'intValue' : 'stringValue';
    const value = attribute.value?.value;
    if (names.includes(attribute.key) && value?.case === wanted)
      found.set(attribute.key, value.value);
    else generic.push(plainAttribute(attribute));
  }
  const columns: Record<string, string | bigint> = {};
  for (const name of names) {
    const value = found.get(name);
    if (value !== undefined) columns[name] = value;
  }
  return { columns, generic };
}

function sortedByKey(attributes: readonly common.KeyValue[]): common.KeyValue[] {
  return attributes.toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
}

function plainAttribute({ key, value }: common.KeyValue): PlainAttribute {
  const content = value?.value;
  switch (content?.case) {
    case 'stringValue':
    case 'intValue':
    case 'doubleValue':
    case 'boolValue':
      return [key, 'scalar', content.value];
    case 'arrayValue': {
      const elements = content.value.values.map((element) => element.value);
      const first = elements[0]?.case;
      if (first === undefined && elements.length > 0) break;
      const isScalar = first === undefined || /^(string|int|double|bool)Value$/.test(first);
      if (isScalar && elements.every((element) => element.case === first))
        return [key, 'array', elements.map((element) => element.value)];
      break;
    }
    default:
  }
  return [key, 'unsupported', anyValueJson(value)];
}

/** As Go's jsonpb prints it. */
function anyValueJson(value: common.AnyValue | undefined): string {
  const content = value?.value;
  switch (content?.case) {
    case 'stringValue':
      return `{"stringValue":${jsonString(content.value)}}`;
    case 'boolValue':
      return `{"boolValue":${content.value}}`;
    case 'intValue':
      return `{"intValue":"${content.value}"}`;
    case 'doubleValue':
      return `{"doubleValue":${jsonDouble(content.value)}}`;
    case 'bytesValue':
      return `{"bytesValue":"${Buffer.from(content.value).toString('base64')}"}`;
    case 'arrayValue':
      return `{"arrayValue":${jsonList(content.value.values.map(anyValueJson))}}`;
    case 'kvlistValue':
      return `{"kvlistValue":${jsonList(content.value.values.map(keyValueJson))}}`;
    default:
      return '{}';
  }
}

function jsonList(elements: readonly string[]): string {
  return elements.length === 0 ? '{}' : `{"values":[${elements.join(',')}]}`;
}

function keyValueJson({ key, value }: common.KeyValue): string {
  const parts: string[] = [];
  if (key !== '') parts.push(`"key":${jsonString(key)}`);
  if (value !== undefined) parts.push(`"value":${anyValueJson(value)}`);
  return `{${parts.join(',')}}`;
}

function jsonDouble(value: number): string {
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? JSON.stringify(value) : `"${value}"`;
}

function jsonString(text: string): string {
  const escapes: Record<string, string> = {
    '<': '\\u003c',
    '>': '\\u003e',
    '&': '\\u0026',
    '\u2028': '\\u2028',
    '\u2029': '\\u2029',
  };
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (found) => escapes[found]!);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
