/** Bodies against those recorded from Tempo 2.10: its protobuf answer encoded as JSON is its JSON answer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { tempopb } from '@tempo-ts/contracts';
import {
  encodeSearch,
  encodeTagValuesV2,
  encodeTagsV2,
  encodeTrace,
  encodeTraceById,
} from './encode-response.ts';

interface Answer {
  readonly path: string;
  readonly headers: { readonly accept?: string };
  readonly body?: string;
  readonly bodyBase64?: string;
}
const recorded = join(
  import.meta.dirname,
  '../../../test-e2e/compatibility/golden/http-answers-tempo-2.10.json',
);
const { answers } = JSON.parse(readFileSync(recorded, 'utf8')) as { answers: readonly Answer[] };

function answerTo(path: string, accept?: string): Answer {
  return answers.find((answer) => answer.path === path && answer.headers.accept === accept)!;
}
function protobufOf(path: string): Uint8Array {
  return Buffer.from(answerTo(path, 'application/protobuf').bodyBase64!, 'base64');
}
const id = '0af7651916cd43dd8448eb211c80319c';

/** The recorded answer to version 2, taken apart. */
function found() {
  const response = fromBinary(tempopb.TraceByIDResponseSchema, protobufOf(`/api/v2/traces/${id}`));
  const { inspectedBytes } = response.metrics!;
  return { trace: toBinary(tempopb.TraceSchema, response.trace!), inspectedBytes, response };
}

describe('answers recorded from Tempo 2.10', () => {
  it('trace by id, version 1', () => {
    const path = `/api/traces/${id}`;
    const { contentType, body } = encodeTrace(protobufOf(path), 'json');
    expect(contentType).toBe('application/json');
    expect(JSON.parse(body as string)).toEqual(JSON.parse(answerTo(path).body!));
    expect(Buffer.from(encodeTrace(protobufOf(path), 'protobuf').body)).toEqual(protobufOf(path));
  });

  it('trace by id, version 2', () => {
    const expected = JSON.parse(answerTo(`/api/v2/traces/${id}`).body!) as object;
    const encoded = JSON.parse(encodeTraceById(found(), 'json').body as string) as object;
    // What a lookup inspects differs from one call to the next.
    expect({ ...encoded, metrics: 0 }).toEqual({ ...expected, metrics: 0 });
    const bytes = encodeTraceById(found(), 'protobuf').body as Uint8Array;
    expect(fromBinary(tempopb.TraceByIDResponseSchema, bytes)).toEqual(found().response);
  });

  it('trace by id for language models', () => {
    const accept = 'application/vnd.grafana.llm';
    const expected = JSON.parse(answerTo(`/api/v2/traces/${id}`, accept).body!) as object;
    const encoded = encodeTraceById(found(), 'llm');
    expect(encoded.contentType).toBe('application/vnd.grafana.llm+json');
    expect({ ...(JSON.parse(encoded.body as string) as object), metrics: 0 }).toEqual({
      ...expected,
      metrics: 0,
    });
  });

  it('search', () => {
    const path =
      '/api/search?start=1735689590&end=1735690200&q=%7B%20name%20%3D%20%22SELECT%22%20%7D';
    const response = fromBinary(tempopb.SearchResponseSchema, protobufOf(path));
    const expected = JSON.parse(answerTo(path).body!) as object;
    const encoded = JSON.parse(encodeSearch(response, 'json').body as string) as object;
    expect({ ...encoded, metrics: 0 }).toEqual({ ...expected, metrics: 0 });
  });
});

describe('encoding', () => {
  it('escapes what has a meaning in HTML', () => {
    const rootServiceName = '<root span not yet received> & more';
    const response = create(tempopb.SearchResponseSchema, { traces: [{ rootServiceName }] });
    expect(encodeSearch(response, 'json').body).toBe(
      String.raw`{"traces":[{"rootServiceName":"\u003croot span not yet received\u003e \u0026 more"}]}`,
    );
  });

  it('has empty lists where clients want lists', () => {
    expect(encodeSearch(create(tempopb.SearchResponseSchema), 'json').body).toBe('{"traces":[]}');
    expect(encodeTagsV2(create(tempopb.SearchTagsV2ResponseSchema), 'json').body).toBe(
      '{"scopes":[]}',
    );
  });

  const nothing = { trace: new Uint8Array(0), inspectedBytes: 0n };

  it('nothing found: an empty trace', () => {
    expect(encodeTraceById(nothing, 'json').body).toBe('{"trace":{},"metrics":{}}');
    expect(encodeTraceById(nothing, 'llm').body).toBe('{}');
  });

  it('says why spans are missing', () =>
    expect(encodeTraceById({ ...nothing, partialReason: 'too large' }, 'json').body).toBe(
      '{"trace":{},"metrics":{},"status":"PARTIAL","message":"too large"}',
    ));

  it('tag values for language models', () => {
    const response = create(tempopb.SearchTagValuesV2ResponseSchema, {
      tagValues: [
        { type: 'string', value: 'a' },
        { type: 'int', value: '1' },
        { type: 'string', value: 'b' },
      ],
      metrics: { inspectedBytes: 5n },
    });
    expect(encodeTagValuesV2(response, 'llm').body).toBe(
      '{"tagValues":{"string":["a","b"],"int":["1"]},"metrics":{"inspectedBytes":5}}',
    );
  });
});
