import { fromBinary, fromJson, toJson, type JsonValue } from '@bufbuild/protobuf';
import { traceService } from '@tempo-ts/contracts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_JSON_MARKS } from './json-value.ts';
import { otlpJsonToProtobuf } from './otlp-json.ts';
import { arbitraryExportRequest } from './testing/index.ts';

const Request = traceService.ExportTraceServiceRequestSchema;
/** JSON text; a negative zero, which JSON.stringify would lose, is written as text. */
const stringify = (json: unknown) =>
  JSON.stringify(json, (_key, value: unknown) => (Object.is(value, -0) ? '-0' : value));
const translate = (json: unknown) =>
  otlpJsonToProtobuf(new TextEncoder().encode(typeof json === 'string' ? json : stringify(json)));
const decode = (json: unknown) => fromBinary(Request, translate(json));

/** Base64 ids to hex, as OTLP/JSON has them. */
function withHexIds(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withHexIds);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) =>
      ['traceId', 'spanId', 'parentSpanId'].includes(key)
        ? [key, Buffer.from(field as string, 'base64').toString('hex')]
        : [key, withHexIds(field)],
    ),
  );
}

/** A request with one span that has these fields. */
const withSpan = (span: JsonValue): JsonValue => ({
  resourceSpans: [{ scopeSpans: [{ spans: [span] }] }],
});
const errorOf = (json: unknown): string => {
  try {
    translate(json);
  } catch (error) {
    expect((error as { code?: string }).code).toBe('malformed');
    return (error as Error).message;
  }
  throw new Error('was accepted');
};

describe('otlpJsonToProtobuf', () => {
  it('hex ids give what protobuf JSON with base64 ids gives', () => {
    fc.assert(
      fc.property(arbitraryExportRequest(), fc.boolean(), (request, enumAsInteger) => {
        const json = toJson(Request, request, { enumAsInteger });
        expect(decode(withHexIds(json))).toEqual(fromJson(Request, json));
      }),
    );
  });

  it('base64 ids and proto field names are understood', () => {
    fc.assert(
      fc.property(arbitraryExportRequest(), fc.boolean(), (request, useProtoFieldName) => {
        const json = toJson(Request, request, { useProtoFieldName });
        expect(decode(json)).toEqual(request);
      }),
    );
  });

  it('integers of 64 bits keep every digit, as text and as numbers', () => {
    for (const nano of ['1700000000123456789', '"1700000000123456789"']) {
      const text = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":${nano},
        "attributes":[{"key":"n","value":{"intValue":-9007199254740993}}]}]}]}]}`;
      const span = decode(text).resourceSpans[0]!.scopeSpans[0]!.spans[0]!;
      expect(span.startTimeUnixNano).toBe(1700000000123456789n);
      expect(span.attributes[0]!.value!.value.value).toBe(-9007199254740993n);
    }
  });

  it('unknown fields, nulls and explicit defaults are the same as nothing', () => {
    const span = {
      name: null,
      kind: 0,
      flags: 0,
      future: { deep: [1] },
      attributes: [],
      status: {},
    };
    expect(decode({ ...(withSpan(span) as object), other: 1 })).toEqual(
      fromJson(Request, withSpan({ status: {} })),
    );
    expect(translate('{}').length).toBe(0);
  });

  it('errors name the JSON path and the value', () => {
    const at = 'invalid OTLP JSON at resourceSpans[0].scopeSpans[0].spans[0]';
    expect(errorOf(withSpan({ traceId: 'xyz' }))).toBe(
      `${at}.traceId: an id of 32 hex digits is expected, not "xyz"`,
    );
    expect(errorOf(withSpan({ name: 5 }))).toBe(`${at}.name: a string is expected, not 5`);
    expect(errorOf(withSpan({ kind: 'SERVER' }))).toMatch(/\.kind: one of SPAN_KIND_UNSPECIFIED, /);
    expect(errorOf(withSpan({ startTimeUnixNano: '-1' }))).toBe(
      `${at}.startTimeUnixNano: -1 is not between 0 and 18446744073709551615`,
    );
    expect(errorOf(withSpan({ startTimeUnixNano: 1.5 }))).toBe(
      `${at}.startTimeUnixNano: an integer is expected, not 1.5`,
    );
    expect(errorOf(withSpan({ attributes: {} }))).toBe(
      `${at}.attributes: an array is expected, not an object`,
    );
    expect(errorOf(withSpan({ attributes: [{ value: { bytesValue: '?' } }] }))).toBe(
      `${at}.attributes[0].value.bytesValue: base64 is expected, not "?"`,
    );
    expect(errorOf([])).toBe('invalid OTLP JSON at the top: an object is expected, not an array');
    expect(errorOf('{"resourceSpans":[')).toMatch(/^invalid OTLP JSON: /);
  });

  it('what is not UTF-8 or nests too deeply is refused', () => {
    expect(() => otlpJsonToProtobuf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22))).toThrow(
      /^invalid OTLP JSON: /,
    );
    const nested = (depth: number): JsonValue =>
      depth === 1 ? { intValue: 1 } : { arrayValue: { values: [nested(depth - 1)] } };
    expect(errorOf(withSpan({ attributes: [{ value: nested(31) }] }))).toMatch(
      /values nest deeper than 30 levels$/,
    );
    expect(translate(withSpan({ attributes: [{ value: nested(30) }] })).length).toBeGreaterThan(30);
    expect(errorOf(`{"x":1234567890123456,"y":${'['.repeat(200_000)}`)).toMatch(
      /^invalid OTLP JSON/,
    );
    expect(errorOf(`[${'['.repeat(200_000)}1${']'.repeat(200_000)}]`)).toMatch(
      /^invalid OTLP JSON/,
    );
  });

  it('any JSON is translated or refused with InvalidOtlpError', () => {
    fc.assert(
      fc.property(fc.jsonValue(), arbitraryExportRequest(), fc.nat(), (any, request, choice) => {
        const json = JSON.stringify(toJson(Request, request));
        const places = [...json.matchAll(/"[^"]*"(?!:)|\d+|\[\]/g)];
        const place = places[choice % Math.max(1, places.length)];
        const damaged = place
          ? json.slice(0, place.index) +
            JSON.stringify(any) +
            json.slice(place.index + place[0].length)
          : json;
        try {
          fromBinary(Request, translate(damaged));
        } catch (error) {
          expect((error as Error).name).toBe('InvalidOtlpError');
        }
      }),
      { numRuns: 500 },
    );
  });

  it('refuses text that would become too many values, whatever stands in its strings', () => {
    expect(() => translate(`{"x":[${'{},'.repeat(MAX_JSON_MARKS / 2)}{}]}`)).toThrow(
      `OTLP JSON with ${MAX_JSON_MARKS + 3} values exceeds ${MAX_JSON_MARKS}`,
    );
    const name = '{["\\,'.repeat(MAX_JSON_MARKS / 3);
    expect(decode(withSpan({ name })).resourceSpans[0]?.scopeSpans[0]?.spans[0]?.name).toBe(name);
  });
});
