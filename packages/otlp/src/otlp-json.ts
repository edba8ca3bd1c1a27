/**
 * OTLP/JSON to OTLP protobuf. It is protobuf JSON with these differences: trace and span ids are hex
 * (base64 is understood as well where the length tells), enums are numbers (names are understood),
 * unknown fields are ignored. Field names may be the JSON or the proto ones.
 */
import { failAt, arrayAt, base64At, booleanAt, describe, doubleAt, fieldOf } from './json-value.ts';
import { integerAt, objectAt, parseJson, stringAt } from './json-value.ts';
import type { JsonObject, JsonPath } from './json-value.ts';
import { FIXED32, FIXED64, MAX_VALUE_DEPTH, VARINT } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

const UINT32 = { min: 0n, max: 2n ** 32n - 1n };
const INT32 = { min: -(2n ** 31n), max: 2n ** 31n - 1n };
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const UINT64 = { min: 0n, max: 2n ** 64n - 1n };

const SPAN_KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
  (name) => `SPAN_KIND_${name}`,
);
const STATUS_CODES = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'];

/**
 * The ExportTraceServiceRequest that `body` describes, serialized. Ids of a wrong length are passed on:
 * regrouping refuses them with Tempo's text.
 *
 * @throws InvalidOtlpError `malformed`, naming the JSON path.
 */
export function otlpJsonToProtobuf(body: Uint8Array): Uint8Array {
  const writer = new WireWriter({ capacityBytes: body.length });
  const request = objectAt(parseJson(body), undefined);
  new JsonTranslator(writer).resourceSpans(request);
  return writer.finish();
}

type WriteField = (value: unknown, path: JsonPath) => void;

/** Writes one kind of message per method; the object's fields become fields of the message. */
class JsonTranslator {
  readonly #writer: WireWriter;

  constructor(writer: WireWriter) {
    this.#writer = writer;
  }

  resourceSpans(request: JsonObject): void {
    this.#messages(request, 1, 'resourceSpans', 'resource_spans', undefined, (batch, path) => {
      this.#message(batch, 1, 'resource', 'resource', path, (resource, at) => {
        this.#attributes(resource, 1, at);
        this.#uint32(resource, 2, 'droppedAttributesCount', 'dropped_attributes_count', at);
      });
      this.#messages(batch, 2, 'scopeSpans', 'scope_spans', path, (scopeSpans, at) =>
        this.#scopeSpans(scopeSpans, at),
      );
      this.#string(batch, 3, 'schemaUrl', 'schema_url', path);
    });
  }

  #scopeSpans(scopeSpans: JsonObject, path: JsonPath): void {
    this.#message(scopeSpans, 1, 'scope', 'scope', path, (scope, at) => {
      this.#string(scope, 1, 'name', 'name', at);
      this.#string(scope, 2, 'version', 'version', at);
      this.#attributes(scope, 3, at);
      this.#uint32(scope, 4, 'droppedAttributesCount', 'dropped_attributes_count', at);
    });
    this.#messages(scopeSpans, 2, 'spans', 'spans', path, (span, at) => this.#span(span, at));
    this.#string(scopeSpans, 3, 'schemaUrl', 'schema_url', path);
  }

  #span(span: JsonObject, path: JsonPath): void {
    this.#id(span, 1, 'traceId', 'trace_id', 16, path);
    this.#id(span, 2, 'spanId', 'span_id', 8, path);
    this.#string(span, 3, 'traceState', 'trace_state', path);
    this.#id(span, 4, 'parentSpanId', 'parent_span_id', 8, path);
    this.#string(span, 5, 'name', 'name', path);
    this.#enum(span, 6, 'kind', SPAN_KINDS, path);
    this.#fixed64(span, 7, 'startTimeUnixNano', 'start_time_unix_nano', path);
    this.#fixed64(span, 8, 'endTimeUnixNano', 'end_time_unix_nano', path);
    this.#attributes(span, 9, path);
    this.#uint32(span, 10, 'droppedAttributesCount', 'dropped_attributes_count', path);
    this.#messages(span, 11, 'events', 'events', path, (event, at) => {
      this.#fixed64(event, 1, 'timeUnixNano', 'time_unix_nano', at);
      this.#string(event, 2, 'name', 'name', at);
      this.#attributes(event, 3, at);
      this.#uint32(event, 4, 'droppedAttributesCount', 'dropped_attributes_count', at);
    });
    this.#uint32(span, 12, 'droppedEventsCount', 'dropped_events_count', path);
    this.#messages(span, 13, 'links', 'links', path, (link, at) => this.#link(link, at));
    this.#uint32(span, 14, 'droppedLinksCount', 'dropped_links_count', path);
    this.#message(span, 15, 'status', 'status', path, (status, at) => {
      this.#string(status, 2, 'message', 'message', at);
      this.#enum(status, 3, 'code', STATUS_CODES, at);
    });
    this.#fixed32(span, 16, 'flags', path);
  }

  #link(link: JsonObject, path: JsonPath): void {
    this.#id(link, 1, 'traceId', 'trace_id', 16, path);
    this.#id(link, 2, 'spanId', 'span_id', 8, path);
    this.#string(link, 3, 'traceState', 'trace_state', path);
    this.#attributes(link, 4, path);
    this.#uint32(link, 5, 'droppedAttributesCount', 'dropped_attributes_count', path);
    this.#fixed32(link, 6, 'flags', path);
  }

  #attributes(owner: JsonObject, field: number, path: JsonPath): void {
    this.#messages(owner, field, 'attributes', 'attributes', path, (attribute, at) =>
      this.#keyValue(attribute, 1, at),
    );
  }

  #keyValue(attribute: JsonObject, depth: number, path: JsonPath): void {
    this.#string(attribute, 1, 'key', 'key', path);
    this.#message(attribute, 2, 'value', 'value', path, (value, at) =>
      this.#anyValue(value, depth, at),
    );
  }

  #anyValue(value: JsonObject, depth: number, path: JsonPath): void {
    if (depth > MAX_VALUE_DEPTH) failAt(path, `values nest deeper than ${MAX_VALUE_DEPTH} levels`);
    const writer = this.#writer;
    this.#field(value, 'stringValue', 'string_value', path, (text, at) =>
      writer.stringField(1, stringAt(text, at)),
    );
    this.#field(value, 'boolValue', 'bool_value', path, (flag, at) => {
      writer.tag(2, VARINT);
      writer.varint(booleanAt(flag, at) ? 1 : 0);
    });
    this.#field(value, 'intValue', 'int_value', path, (integer, at) => {
      const bits = BigInt.asUintN(64, integerAt(integer, at, INT64));
      writer.tag(3, VARINT);
      writer.varint64(Number(bits & 0xffffffffn), Number(bits >> 32n));
    });
    this.#field(value, 'doubleValue', 'double_value', path, (double, at) => {
      writer.tag(4, FIXED64);
      writer.double(doubleAt(double, at));
    });
    this.#message(value, 5, 'arrayValue', 'array_value', path, (array, at) =>
      this.#messages(array, 1, 'values', 'values', at, (item, itemAt) =>
        this.#anyValue(item, depth + 1, itemAt),
      ),
    );
    this.#message(value, 6, 'kvlistValue', 'kvlist_value', path, (list, at) =>
      this.#messages(list, 1, 'values', 'values', at, (entry, entryAt) =>
        this.#keyValue(entry, depth + 1, entryAt),
      ),
    );
    this.#field(value, 'bytesValue', 'bytes_value', path, (bytes, at) =>
      writer.bytesField(7, base64At(bytes, at)),
    );
  }

  #field(
    object: JsonObject,
    jsonName: string,
    protoName: string,
    path: JsonPath | undefined,
    write: WriteField,
  ): void {
    const value = fieldOf(object, jsonName, protoName);
    if (value !== undefined) write(value, { parent: path, step: jsonName });
  }

  /** A nested message; `fill` writes its fields. */
  #message(
    object: JsonObject,
    field: number,
    jsonName: string,
    protoName: string,
    path: JsonPath,
    fill: (nested: JsonObject, path: JsonPath) => void,
  ): void {
    this.#field(object, jsonName, protoName, path, (value, at) => {
      const start = this.#writer.begin(field);
      fill(objectAt(value, at), at);
      this.#writer.end(start);
    });
  }

  #messages(
    object: JsonObject,
    field: number,
    jsonName: string,
    protoName: string,
    path: JsonPath | undefined,
    fill: (nested: JsonObject, path: JsonPath) => void,
  ): void {
    this.#field(object, jsonName, protoName, path, (value, at) => {
      const items = arrayAt(value, at);
      for (let step = 0; step < items.length; step++) {
        const itemPath = { parent: at, step };
        const start = this.#writer.begin(field);
        fill(objectAt(items[step], itemPath), itemPath);
        this.#writer.end(start);
      }
    });
  }

  #string(
    object: JsonObject,
    field: number,
    jsonName: string,
    protoName: string,
    path: JsonPath,
  ): void {
    this.#field(object, jsonName, protoName, path, (value, at) => {
      const text = stringAt(value, at);
      if (text !== '') this.#writer.stringField(field, text);
    });
  }

  #uint32(
    object: JsonObject,
    field: number,
    jsonName: string,
    protoName: string,
    path: JsonPath,
  ): void {
    this.#field(object, jsonName, protoName, path, (value, at) => {
      const count = Number(integerAt(value, at, UINT32));
      if (count === 0) return;
      this.#writer.tag(field, VARINT);
      this.#writer.varint(count);
    });
  }

  #fixed32(object: JsonObject, field: number, name: string, path: JsonPath): void {
    this.#field(object, name, name, path, (value, at) => {
      const bits = Number(integerAt(value, at, UINT32));
      if (bits === 0) return;
      this.#writer.tag(field, FIXED32);
      this.#writer.fixed32(bits);
    });
  }

  #fixed64(
    object: JsonObject,
    field: number,
    jsonName: string,
    protoName: string,
    path: JsonPath,
  ): void {
    this.#field(object, jsonName, protoName, path, (value, at) => {
      const nanos = integerAt(value, at, UINT64);
      if (nanos === 0n) return;
      this.#writer.tag(field, FIXED64);
      this.#writer.fixed64(Number(nanos & 0xffffffffn), Number(nanos >> 32n));
    });
  }

  #enum(
    object: JsonObject,
    field: number,
    name: string,
    names: readonly string[],
    path: JsonPath,
  ): void {
    this.#field(object, name, name, path, (value, at) => {
      const named = typeof value === 'string' ? names.indexOf(value) : -1;
      if (typeof value === 'string' && named < 0 && !/^-?\d+$/.test(value))
        failAt(at, `one of ${names.join(', ')} is expected, not ${describe(value)}`);
      const code = named >= 0 ? BigInt(named) : integerAt(value, at, INT32);
      if (code === 0n) return;
      const bits = BigInt.asUintN(64, code);
      this.#writer.tag(field, VARINT);
      this.#writer.varint64(Number(bits & 0xffffffffn), Number(bits >> 32n));
    });
  }

  /** Hex; base64 when the text has exactly the length that base64 of `byteLength` bytes has. */
  #id(
    object: JsonObject,
    field: number,
    jsonName: string,
    protoName: string,
    byteLength: number,
    path: JsonPath,
  ): void {
    this.#field(object, jsonName, protoName, path, (value, at) => {
      const text = stringAt(value, at);
      if (text === '') return;
      const unpadded = Math.ceil((byteLength * 4) / 3);
      const padded = Math.ceil(byteLength / 3) * 4;
      if (text.length === padded || text.length === unpadded)
        return this.#writer.bytesField(field, base64At(text, at));
      if (text.length % 2 !== 0 || /[^0-9a-fA-F]/.test(text))
        failAt(at, `an id of ${byteLength * 2} hex digits is expected, not ${describe(text)}`);
      return this.#writer.bytesField(field, new Uint8Array(Buffer.from(text, 'hex')));
    });
  }
}
