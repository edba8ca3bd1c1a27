/** Search responses in the form of the oracle's answers, for comparison. */
import type { common, tempopb } from '@tempo-ts/contracts';
import { formatDurationNanos, type Static } from '@tempo-ts/traceql';
import type { ReferenceTrace } from './reference-engine.ts';

type Entries = readonly (readonly [key: string, value: string])[];
export interface PlainResult {
  readonly traceId: string;
  readonly spanSets: readonly {
    readonly matched: number;
    readonly attributes: Entries;
    readonly spans: readonly {
      readonly id: string;
      readonly name: string;
      readonly attributes: Entries;
    }[];
  }[];
}

/** What a response says of its traces. */
export function plainResponse(response: tempopb.SearchResponse): PlainResult[] {
  return response.traces.map(({ traceID, spanSets }) => ({
    traceId: traceID,
    spanSets: spanSets.map(({ matched, attributes, spans }) => ({
      matched,
      attributes: attributes.map(({ key, value }) => [key, anyValueText(value)]),
      spans: spans.map((span) => ({
        id: span.spanID,
        name: span.name,
        attributes: span.attributes.map(({ key, value }) => [key, anyValueText(value)]),
      })),
    })),
  }));
}

/** The same of the oracle's traces. */
export function plainReference(traces: readonly ReferenceTrace[]): PlainResult[] {
  return traces.map(({ traceId, spanSets }) => ({
    traceId,
    spanSets: spanSets.map(({ matched, attributes, spans }) => ({
      matched,
      attributes: entries(attributes),
      spans: spans.map((span) => ({ ...span, attributes: entries(span.attributes) })),
    })),
  }));
}

function entries(list: readonly (readonly [string, Static])[]): Entries {
  return list.map(([key, value]) => [key, staticText(value)]);
}

function anyValueText(value: common.AnyValue | undefined): string {
  if (value?.value.case === 'arrayValue')
    return `[${value.value.value.values.map((element) => anyValueText(element)).join()}]`;
  return `${value?.value.case}:${value?.value.value as string | number | bigint | boolean}`;
}

function staticText(value: Static): string {
  switch (value.type) {
    case 'nil':
      return 'stringValue:nil';
    case 'int':
    case 'bool':
      return `${value.type}Value:${value.value}`;
    case 'float':
      return `doubleValue:${value.value}`;
    case 'duration':
      return `stringValue:${formatDurationNanos(value.value)}`;
    case 'string':
    case 'status':
    case 'kind':
      return `stringValue:${value.value}`;
    default: {
      const type = value.type.slice(0, -2);
      const elements = value.value.map((element) => staticText({ type, value: element } as Static));
      return `[${elements.join()}]`;
    }
  }
}
