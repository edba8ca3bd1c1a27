import { describe, expect, it } from '@jest/globals';
import { create, toBinary } from '@bufbuild/protobuf';
import { common } from '@tempo-ts/contracts';
import { MAX_VALUE_DEPTH, WireReader } from '@tempo-ts/otlp';
import { arbitraryAnyValue } from '@tempo-ts/otlp/testing';
import fc from 'fast-check';
import { writeAnyValueFromJson } from './any-value-from-json.ts';
import { writeAnyValueJson } from './any-value-json.ts';
import { GrowableUint8 } from './growable-columns.ts';
import { ReverseWireWriter } from './reverse-wire-writer.ts';

function jsonOf(bytes: Uint8Array): string {
  const reader = new WireReader();
  reader.reset(bytes, 'AnyValue');
  const out = new GrowableUint8();
  writeAnyValueJson(reader, 0, bytes.length, out);
  return Buffer.from(out.view()).toString();
}

function protobufOf(json: string): Uint8Array {
  const writer = new ReverseWireWriter();
  writeAnyValueFromJson(writer, json);
  return writer.finish();
}

/** An AnyValue that holds these bytes as its string. */
const stringValue = (...bytes: number[]): Uint8Array => Uint8Array.of(0x0a, bytes.length, ...bytes);

describe('the protobuf JSON of unsupported values', () => {
  it('is read back as the value it was written of', () => {
    fc.assert(
      fc.property(arbitraryAnyValue(3), (value) => {
        const bytes = toBinary(common.AnyValueSchema, value);
        expect(Buffer.compare(protobufOf(jsonOf(bytes)), bytes)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('is printed as Go prints it', () => {
    const value = create(common.AnyValueSchema, {
      value: {
        case: 'kvlistValue',
        value: {
          values: [
            { key: 'x', value: { value: { case: 'intValue', value: -1n } } },
            { key: '', value: { value: { case: 'doubleValue', value: 1e21 } } },
            { key: 'small', value: { value: { case: 'doubleValue', value: 1e-7 } } },
            { key: 'bytes', value: { value: { case: 'bytesValue', value: Uint8Array.of(1) } } },
            { key: 'none' },
            { key: 'empty', value: {} },
            { key: 'list', value: { value: { case: 'arrayValue', value: { values: [] } } } },
            {
              key: 'text',
              value: { value: { case: 'stringValue', value: '<a href="b">\n\u2028\u0001' } },
            },
          ],
        },
      },
    });
    expect(jsonOf(toBinary(common.AnyValueSchema, value))).toBe(
      '{"kvlistValue":{"values":[{"key":"x","value":{"intValue":"-1"}},' +
        '{"value":{"doubleValue":1e+21}},{"key":"small","value":{"doubleValue":1e-7}},' +
        '{"key":"bytes","value":{"bytesValue":"AQ=="}},{"key":"none"},{"key":"empty","value":{}},' +
        '{"key":"list","value":{"arrayValue":{}}},{"key":"text","value":{"stringValue":' +
        '"\\u003ca href=\\"b\\"\\u003e\\n\\u2028\\u0001"}}]}}',
    );
  });

  it('replaces every invalid byte of a string by itself', () => {
    expect(jsonOf(stringValue(0x61, 0xff, 0xe2, 0x82, 0x62))).toBe(
      '{"stringValue":"a\\ufffd\\ufffd\\ufffdb"}',
    );
    // An overlong form and half of a surrogate pair.
    for (const bytes of [
      [0xe0, 0x80, 0x80],
      [0xed, 0xa0, 0x80],
    ])
      expect(jsonOf(stringValue(...bytes))).toBe('{"stringValue":"\\ufffd\\ufffd\\ufffd"}');
    expect(jsonOf(stringValue(0xe2, 0x82, 0xac))).toBe('{"stringValue":"€"}');
  });

  it('leaves no value of JSON that is not of an AnyValue', () => {
    for (const json of [
      '',
      'x',
      '[]',
      '{"other":1}',
      '{"intValue":"x"}',
      '{"arrayValue":{"values":[{"stringValue":"kept?"},{"bad":1}]}}',
    ])
      expect([...protobufOf(json)]).toEqual([]);
  });

  it('refuses values that nest too deep', () => {
    const writer = new ReverseWireWriter();
    for (let depth = 0; depth < 70; depth++) {
      writer.message(0x0a, 0);
      writer.message(0x2a, 0);
    }
    const bytes = writer.finish();
    expect(() => jsonOf(bytes)).toThrow(`values nest deeper than ${MAX_VALUE_DEPTH}`);
  });
});
