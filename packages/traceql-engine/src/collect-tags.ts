/** Names and values of attributes, for autocompletion. */
import type { tempopb } from '@tempo-ts/contracts';
import { unreachable } from '@tempo-ts/runtime';
import type { SpansetSource } from './spanset-source.ts';

export interface CollectOptions {
  /** Names and values beyond this many bytes are left out. */
  readonly maxBytes: number;
}

/** Attribute names per scope, sorted; without the `intrinsic` scope, which needs no data. */
export function collectTagNames(
  _request: tempopb.SearchTagsRequest,
  _source: SpansetSource,
  _options: CollectOptions,
  _signal: AbortSignal,
): Promise<tempopb.SearchTagsV2Response> {
  return unreachable(undefined as never);
}

/** Distinct values of one attribute, sorted by type and value. */
export function collectTagValues(
  _request: tempopb.SearchTagValuesRequest,
  _source: SpansetSource,
  _options: CollectOptions,
  _signal: AbortSignal,
): Promise<tempopb.SearchTagValuesV2Response> {
  return unreachable(undefined as never);
}
