/**
 * A trace in the compact form for language models: ids in hex, attributes as plain maps, spans by
 * service and scope.
 */
import { trace as otlpTrace, type common, type tempopb } from '@tempo-ts/contracts';
import type { DescEnum } from '@bufbuild/protobuf';
import { bytesToHex } from '@tempo-ts/otlp';

type PlainMap = Record<string, unknown>;

/** `{}` when nothing was found. */
export function llmTrace({ trace, metrics }: tempopb.TraceByIDResponse): unknown {
  const resources = trace?.resourceSpans ?? [];
  const first = resources.flatMap(({ scopeSpans }) => scopeSpans).flatMap(({ spans }) => spans)[0];
  if (!first) return {};
  const services = resources.map(({ resource, scopeSpans }) => {
    const { 'service.name': serviceName, ...attributes } = plainAttributes(
      resource?.attributes ?? [],
    );
    return {
      serviceName: serviceName ?? '',
      ...filled('resource', attributes),
      scopes: scopeSpans.map(({ scope, spans }) => ({
        ...filled('name', scope?.name),
        ...filled('version', scope?.version),
        spans: spans.map(plainSpan),
      })),
    };
  });
  return {
    trace: { traceId: bytesToHex(first.traceId), services },
    ...filled('metrics', filled('inspectedBytes', Number(metrics?.inspectedBytes ?? 0n))),
  };
}

function plainSpan(span: otlpTrace.Span): PlainMap {
  const { startTimeUnixNano, endTimeUnixNano, status } = span;
  return {
    spanId: bytesToHex(span.spanId),
    name: span.name,
    ...filled('parentSpanId', bytesToHex(span.parentSpanId)),
    kind: enumName(otlpTrace.Span_SpanKindSchema, span.kind),
    startTimeUnixNano: String(startTimeUnixNano),
    endTimeUnixNano: String(endTimeUnixNano),
    durationMs: Number(endTimeUnixNano - startTimeUnixNano) / 1e6,
    ...filled('attributes', plainAttributes(span.attributes)),
    ...filled('events', span.events.map(plainEvent)),
    ...filled('links', span.links.map(plainLink)),
    status: {
      code: enumName(otlpTrace.Status_StatusCodeSchema, status?.code ?? 0),
      message: status?.message ?? '',
    },
  };
}

function plainEvent(event: otlpTrace.Span_Event): PlainMap {
  return {
    name: event.name,
    timeUnixNano: String(event.timeUnixNano),
    ...filled('attributes', plainAttributes(event.attributes)),
  };
}

function plainLink(link: otlpTrace.Span_Link): PlainMap {
  return {
    traceId: bytesToHex(link.traceId),
    spanId: bytesToHex(link.spanId),
    ...filled('attributes', plainAttributes(link.attributes)),
  };
}

/** `SPAN_KIND_SERVER`; the number when the protocol has no name for it. */
function enumName(descriptor: DescEnum, value: number): string {
  return descriptor.value[value]?.name ?? String(value);
}

/** By name, in the order of names. */
function plainAttributes(attributes: readonly common.KeyValue[]): PlainMap {
  const pairs = attributes.map(({ key, value }) => [key, plainValue(value)] as const);
  return Object.fromEntries(pairs.toSorted(([a], [b]) => (a < b ? -1 : Number(a > b))));
}

function plainValue(value: common.AnyValue | undefined): unknown {
  const chosen = value?.value;
  if (chosen?.case === undefined) return null;
  if (chosen.case === 'intValue') {
    const number = Number(chosen.value);
    return Number.isSafeInteger(number) ? number : String(chosen.value);
  }
  if (chosen.case === 'arrayValue') return chosen.value.values.map(plainValue);
  if (chosen.case === 'kvlistValue') return plainAttributes(chosen.value.values);
  return chosen.case === 'bytesValue' ? bytesToHex(chosen.value) : chosen.value;
}

/** `{ name: value }`, or nothing when the value is empty. */
function filled(name: string, value: unknown): PlainMap {
  const isEmpty = !value || (typeof value === 'object' && Object.keys(value).length === 0);
  return isEmpty ? {} : { [name]: value };
}
