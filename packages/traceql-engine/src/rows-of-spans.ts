/** From spans to the rows of other tables that belong to them. */
import type { BatchView } from './batch-view.ts';
import type { Lane } from './field-mask.ts';

/** The resources, scopes, traces, events or links of the spans: one byte per row of their table. */
export function rowsOfSpans(view: BatchView, lane: Lane, spans: Uint8Array): Uint8Array {
  const { batch } = view;
  switch (lane) {
    case 'span':
      return spans;
    case 'resource':
      return distinctRows(spans, batch.spanResources, batch.resources.count);
    case 'scope':
      return distinctRows(spans, batch.spanScopes, batch.scopes.count);
    case 'trace':
      return distinctRows(spans, batch.spanTraces, batch.traces.count);
    case 'event':
      return childRows(spans, batch.spans.eventOffsets, batch.events.count);
    case 'link':
      return childRows(spans, batch.spans.linkOffsets, batch.links.count);
  }
}

function distinctRows(spans: Uint8Array, rowOfSpan: Int32Array, count: number): Uint8Array {
  const rows = new Uint8Array(count);
  for (let span = 0; span < spans.length; span += 1)
    if (spans[span] === 1) rows[rowOfSpan[span]!] = 1;
  return rows;
}

function childRows(spans: Uint8Array, offsets: Int32Array, count: number): Uint8Array {
  const rows = new Uint8Array(count);
  for (let span = 0; span < spans.length; span += 1)
    if (spans[span] === 1) rows.fill(1, offsets[span], offsets[span + 1]);
  return rows;
}
