/**
 * Answers to metrics queries as JSON, the only form they have over HTTP. Written by hand: an answer
 * may hold a million samples.
 */
import { tempopb, type common } from '@tempo-ts/contracts';
import type { EncodedAnswer } from './encode-response.ts';
import { jsonText, messageToJson } from './encode-json.ts';

const CONTENT_TYPE = 'application/json';

/** `GET /api/metrics/query_range`; `series` is there also when there is none. */
export function encodeQueryRange(response: tempopb.QueryRangeResponse): EncodedAnswer {
  const series = response.series.map((one) => {
    const fields = [`"labels":${labelsJson(one.labels)}`];
    if (one.samples.length > 0) fields.push(`"samples":[${one.samples.map(sampleJson).join(',')}]`);
    if (one.exemplars.length > 0)
      fields.push(`"exemplars":[${one.exemplars.map(exemplarJson).join(',')}]`);
    return `{${fields.join(',')}}`;
  });
  const body = `{"series":[${series.join(',')}]${restJson(response)}}`;
  return { contentType: CONTENT_TYPE, body };
}

/** `GET /api/metrics/query`. */
export function encodeQueryInstant(response: tempopb.QueryInstantResponse): EncodedAnswer {
  const series = response.series.map(
    ({ labels, value }) => `{"labels":${labelsJson(labels)}${valueJson(value)}}`,
  );
  const body = `{"series":[${series.join(',')}]${restJson(response)}}`;
  return { contentType: CONTENT_TYPE, body };
}

function sampleJson({ timestampMs, value }: tempopb.Sample): string {
  return `{"timestampMs":"${timestampMs}"${valueJson(value)}}`;
}

function exemplarJson({ labels, value, timestampMs }: tempopb.Exemplar): string {
  return `{"labels":${labelsJson(labels)}${valueJson(value)},"timestampMs":"${timestampMs}"}`;
}

/** Zero is left out. */
function valueJson(value: number): string {
  return value === 0 ? '' : `,"value":${numberJson(value)}`;
}

function numberJson(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? '"NaN"' : value > 0 ? '"Infinity"' : '"-Infinity"';
}

function labelsJson(labels: readonly common.KeyValue[]): string {
  return `[${labels
    .map(({ key, value }) => `{"key":${jsonText(key)},"value":${anyValueJson(value)}}`)
    .join(',')}]`;
}

function anyValueJson(value: common.AnyValue | undefined): string {
  const held = value?.value;
  switch (held?.case) {
    case 'stringValue':
      return `{"stringValue":${jsonText(held.value)}}`;
    case 'boolValue':
      return `{"boolValue":${held.value}}`;
    case 'intValue':
      return `{"intValue":"${held.value}"}`;
    case 'doubleValue':
      return `{"doubleValue":${numberJson(held.value)}}`;
    default:
      return '{}';
  }
}

/** Everything but the series. */
function restJson({
  metrics,
  status,
  message,
}: tempopb.QueryRangeResponse | tempopb.QueryInstantResponse): string {
  let text = '';
  if (metrics)
    text += `,"metrics":${jsonText(messageToJson(tempopb.SearchMetricsSchema, metrics))}`;
  if (status === tempopb.PartialStatus.PARTIAL) text += ',"status":"PARTIAL"';
  return message === '' ? text : `${text},"message":${jsonText(message)}`;
}
