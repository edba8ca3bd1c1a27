/**
 * Cuts answers with many series into messages that clients accept: gRPC clients refuse those larger
 * than 4 MiB unless told otherwise.
 */
import type { tempopb } from '@tempo-ts/contracts';

type Answer = tempopb.QueryRangeResponse | tempopb.QueryInstantResponse;

/** Bytes of a sample, of a label or exemplar beyond its texts, and of a series beyond its parts. */
const SAMPLE_BYTES = 20;
const OVERHEAD_BYTES = 24;

/**
 * The answer in messages of at most `maxBytes` (0: one message), each with everything but the series of
 * the others; a series is never cut.
 */
export function splitSeries<A extends Answer>(answer: A, maxBytes: number): readonly A[] {
  if (maxBytes <= 0) return [answer];
  const messages: A['series'][] = [];
  let current: A['series'] = [];
  let bytes = 0;
  for (const series of answer.series) {
    const size = sizeOf(series);
    if (current.length > 0 && bytes + size > maxBytes) {
      messages.push(current);
      current = [];
      bytes = 0;
    }
    (current as unknown[]).push(series);
    bytes += size;
  }
  messages.push(current);
  return messages.length === 1 ? [answer] : messages.map((series) => ({ ...answer, series }));
}

/** About as many bytes as the series takes, rather more. */
function sizeOf(series: tempopb.TimeSeries | tempopb.InstantSeries): number {
  let bytes = OVERHEAD_BYTES + sizeOfLabels(series.labels);
  if (!('samples' in series)) return bytes;
  bytes += series.samples.length * SAMPLE_BYTES;
  for (const { labels } of series.exemplars) bytes += OVERHEAD_BYTES + sizeOfLabels(labels);
  return bytes;
}

function sizeOfLabels(labels: tempopb.TimeSeries['labels']): number {
  let bytes = 0;
  for (const { key, value } of labels) {
    const held = value?.value;
    const text = held?.case === 'stringValue' ? held.value : '';
    bytes += OVERHEAD_BYTES + Buffer.byteLength(key) + Buffer.byteLength(text);
  }
  return bytes;
}
