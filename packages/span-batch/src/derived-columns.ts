/** Columns of a batch that follow from others. */
import { sharedInt32Array } from './shared-memory.ts';
import type { SpanBatch } from './span-batch.ts';

/** Which trace, resource and scope each span has, from the entries between them. */
export type SpanParents = Pick<SpanBatch, 'spanTraces' | 'spanResources' | 'spanScopes'>;

/** Fills in the columns from spans to their trace, resource and scope: once per batch. */
export function deriveSpanParents(
  batch: Pick<SpanBatch, 'resourceEntries' | 'scopeEntries'> & {
    readonly traces: Pick<SpanBatch['traces'], 'count' | 'resourceOffsets'>;
  },
): SpanParents {
  const { traces, resourceEntries, scopeEntries } = batch;
  const spanCount = scopeEntries.spanOffsets[scopeEntries.count]!;
  const spanTraces = sharedInt32Array(spanCount);
  const spanResources = sharedInt32Array(spanCount);
  const spanScopes = sharedInt32Array(spanCount);
  for (let trace = 0; trace < traces.count; trace++) {
    const entriesEnd = traces.resourceOffsets[trace + 1]!;
    for (let entry = traces.resourceOffsets[trace]!; entry < entriesEnd; entry++) {
      const resource = resourceEntries.resources[entry]!;
      const scopesEnd = resourceEntries.scopeOffsets[entry + 1]!;
      for (let at = resourceEntries.scopeOffsets[entry]!; at < scopesEnd; at++) {
        const start = scopeEntries.spanOffsets[at]!;
        const end = scopeEntries.spanOffsets[at + 1]!;
        spanTraces.fill(trace, start, end);
        spanResources.fill(resource, start, end);
        spanScopes.fill(scopeEntries.scopes[at]!, start, end);
      }
    }
  }
  return { spanTraces, spanResources, spanScopes };
}

/** Trace → its first span: one entry more than traces. */
export function traceSpanStarts({
  traces,
  resourceEntries,
  scopeEntries,
}: Pick<SpanBatch, 'resourceEntries' | 'scopeEntries'> & {
  readonly traces: Pick<SpanBatch['traces'], 'count' | 'resourceOffsets'>;
}): Int32Array {
  const starts = sharedInt32Array(traces.count + 1);
  for (let trace = 0; trace <= traces.count; trace++)
    starts[trace] =
      scopeEntries.spanOffsets[resourceEntries.scopeOffsets[traces.resourceOffsets[trace]!]!]!;
  return starts;
}
