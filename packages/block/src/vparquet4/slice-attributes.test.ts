import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { NestedColumn } from '@tempo-ts/parquet';
import { arbitraryTrace } from '@tempo-ts/otlp/testing';
import { spanBatchOf } from '@tempo-ts/span-batch/testing';
import { attributesToColumns } from './attributes-to-columns.ts';
import { sliceAttributes } from './slice-attributes.ts';

/** Columns as plain values, wherever in their arrays they lie. */
function plain(column: NestedColumn): unknown {
  switch (column.kind) {
    case 'struct':
      return column.children.map(plain);
    case 'list':
      return { offsets: [...column.offsets], element: plain(column.element) };
    case 'codes':
      return [...column.codes];
    case 'bytes': {
      const { bytes, offsets, present } = column;
      return Array.from(present!, (flag, i) =>
        flag === 1 ? Buffer.from(bytes.subarray(offsets[i], offsets[i + 1])).toString() : undefined,
      );
    }
    case 'int64':
      return [...column.words];
    case 'double':
    case 'boolean':
      return [...column.values];
    default:
      throw new Error(`attributes have no column of kind ${column.kind}`);
  }
}

describe('sliceAttributes', () => {
  it('gives the columns that copying attribute by attribute gives', () => {
    const batches = fc
      .array(arbitraryTrace({ maxSpans: 8 }), { minLength: 1, maxLength: 4 })
      .map((traces) => spanBatchOf(traces, []));
    fc.assert(
      fc.property(batches, fc.nat(), fc.nat(), (batch, a, b) => {
        for (const { count, attributes } of [batch.spans, batch.events, batch.links]) {
          const [start, end] = [a % (count + 1), b % (count + 1)].toSorted((x, y) => x - y);
          const range = { start: start!, end: end! };
          const rows = Int32Array.from({ length: end! - start! }, (_, i) => start! + i);
          const copied = plain(attributesToColumns(attributes, rows));
          expect(plain(sliceAttributes(attributes, range))).toEqual(copied);
        }
      }),
      { numRuns: 200 },
    );
  });
});
