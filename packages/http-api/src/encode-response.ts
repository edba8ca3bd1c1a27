/** Answers of the query API in the encoding that the client accepts. */
import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type JsonObject,
  type MessageShape,
} from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { tempopb } from '@tempo-ts/contracts';
import { CONTENT_TYPES, type AnswerFormat } from './accept.ts';
import { jsonText, messageToJson } from './encode-json.ts';
import { llmTagValues } from './llm-tag-values.ts';
import { llmTrace } from './llm-trace.ts';

/** A body and its type. */
export interface EncodedAnswer {
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

interface JsonForms<S extends DescMessage> {
  /** Changes the JSON object before it is written. */
  readonly json?: (json: JsonObject) => JsonObject;
  /** The compact form; the ordinary JSON when absent. */
  readonly llm?: (message: MessageShape<S>) => unknown;
}

function encode<S extends DescMessage>(
  schema: S,
  message: MessageShape<S>,
  format: AnswerFormat,
  forms: JsonForms<S> = {},
): EncodedAnswer {
  const contentType = CONTENT_TYPES[format];
  if (format === 'protobuf') return { contentType, body: toBinary(schema, message) };
  if (format === 'llm' && forms.llm) return { contentType, body: jsonText(forms.llm(message)) };
  const json = messageToJson(schema, message);
  return { contentType, body: jsonText(forms.json ? forms.json(json) : json) };
}

/** `GET /api/traces/{id}`: the trace alone (serialized); in JSON its top key is `batches`. */
export function encodeTrace(trace: Uint8Array, format: AnswerFormat): EncodedAnswer {
  if (format === 'protobuf') return { contentType: CONTENT_TYPES.protobuf, body: trace };
  const message = fromBinary(tempopb.TraceSchema, trace);
  return encode(tempopb.TraceSchema, message, format, { json: withBatches });
}

/** A trace (serialized) and what is to be said about it. */
export interface TraceAnswer {
  readonly trace: Uint8Array;
  readonly inspectedBytes: bigint;
  /** Why spans are missing, if they are. */
  readonly partialReason?: string | undefined;
}

/** `GET /api/v2/traces/{id}`. */
export function encodeTraceById(answer: TraceAnswer, format: AnswerFormat): EncodedAnswer {
  const { trace, inspectedBytes, partialReason } = answer;
  const response = create(tempopb.TraceByIDResponseSchema, {
    metrics: { inspectedBytes },
    ...(partialReason === undefined
      ? {}
      : { status: tempopb.PartialStatus.PARTIAL, message: partialReason }),
  });
  if (format === 'protobuf') {
    // Fields in any order are one message: the trace need not be decoded for this.
    const rest = toBinary(tempopb.TraceByIDResponseSchema, response);
    const body = new BinaryWriter()
      .tag(1, WireType.LengthDelimited)
      .bytes(trace)
      .raw(rest)
      .finish();
    return { contentType: CONTENT_TYPES.protobuf, body };
  }
  response.trace = fromBinary(tempopb.TraceSchema, trace);
  return encode(tempopb.TraceByIDResponseSchema, response, format, { llm: llmTrace });
}

/** `GET /api/search`; JSON has `traces` also when there is none. */
export function encodeSearch(
  response: tempopb.SearchResponse,
  format: AnswerFormat,
): EncodedAnswer {
  return encode(tempopb.SearchResponseSchema, response, format, { json: withList('traces') });
}

/** `GET /api/search/tags`. */
export function encodeTags(
  response: tempopb.SearchTagsResponse,
  format: AnswerFormat,
): EncodedAnswer {
  return encode(tempopb.SearchTagsResponseSchema, response, format, { json: withList('tagNames') });
}

/** `GET /api/v2/search/tags`; clients sort the lists, so each one is there. */
export function encodeTagsV2(
  response: tempopb.SearchTagsV2Response,
  format: AnswerFormat,
): EncodedAnswer {
  return encode(tempopb.SearchTagsV2ResponseSchema, response, format, { json: withList('scopes') });
}

/** `GET /api/search/tag/{name}/values`. */
export function encodeTagValues(
  response: tempopb.SearchTagValuesResponse,
  format: AnswerFormat,
): EncodedAnswer {
  const json = withList('tagValues');
  return encode(tempopb.SearchTagValuesResponseSchema, response, format, { json });
}

/** `GET /api/v2/search/tag/{name}/values`. */
export function encodeTagValuesV2(
  response: tempopb.SearchTagValuesV2Response,
  format: AnswerFormat,
): EncodedAnswer {
  return encode(tempopb.SearchTagValuesV2ResponseSchema, response, format, {
    json: withList('tagValues'),
    llm: llmTagValues,
  });
}

function withBatches({ resourceSpans = [] }: JsonObject): JsonObject {
  return { batches: resourceSpans };
}

/** Puts an empty list where jsonpb leaves it out. */
function withList(name: string): (json: JsonObject) => JsonObject {
  return (json) => ({ [name]: [], ...json });
}
