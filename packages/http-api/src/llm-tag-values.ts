/** Tag values in the compact form for language models: lists of texts by type. */
import type { tempopb } from '@tempo-ts/contracts';

/** `{"tagValues":{"string":["a","b"]}}`. */
export function llmTagValues(response: tempopb.SearchTagValuesV2Response): unknown {
  const byType: Record<string, string[]> = {};
  for (const { type, value } of response.tagValues) (byType[type] ??= []).push(value);
  const bytes = Number(response.metrics?.inspectedBytes ?? 0n);
  return { tagValues: byType, ...(bytes > 0 ? { metrics: { inspectedBytes: bytes } } : {}) };
}
