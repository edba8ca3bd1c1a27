import { describe, expect, it } from '@jest/globals';
import { create, fromBinary, toJson } from '@bufbuild/protobuf';
import { tempopb, type trace as otlp } from '@tempo-ts/contracts';
import { arbitraryTrace, traceBytes } from '@tempo-ts/otlp/testing';
import fc from 'fast-check';
import { assembleTraces } from './assemble-traces.ts';
import type { DedicatedColumn } from './dedicated-column.ts';
import { toPlain } from './testing/describe-span-batch.ts';
import { plainPieceOf } from './testing/plain-oracle.ts';
import { arrivalBatchOf } from './testing/span-batch-of.ts';
import { traceToOtlp } from './trace-to-otlp.ts';

const DEDICATED: readonly DedicatedColumn[] = [
  { scope: 'resource', name: 'a', type: 'string', options: [] },
  { scope: 'span', name: 'b', type: 'string', options: [] },
];

const TRACE_ID = new Uint8Array(16).fill(7);

const stringAttribute = (key: string, value: string) => ({
  key,
  value: { value: { case: 'stringValue' as const, value } },
});

/** The JSON of a string attribute. */
const text = (key: string, value: string) => ({ key, value: { stringValue: value } });

describe('traceToOtlp', () => {
  it('gives back what a piece was made of, but for what a row does not hold', () => {
    fc.assert(
      fc.property(arbitraryTrace(), (trace) => {
        const piece = { traceId: TRACE_ID, bytes: traceBytes(trace) };
        const bytes = traceToOtlp(arrivalBatchOf([piece], DEDICATED), 0);
        expect(plainPieceOf({ traceId: TRACE_ID, bytes }, DEDICATED)).toEqual(
          plainPieceOf(piece, DEDICATED),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('gives back an assembled trace', () => {
    fc.assert(
      fc.property(arbitraryTrace(), arbitraryTrace(), (first, second) => {
        const pieces = [first, second].map((trace) => ({
          traceId: TRACE_ID,
          bytes: traceBytes(trace),
        }));
        const batch = assembleTraces([{ batch: arrivalBatchOf(pieces), rows: 'all' }]);
        const again = arrivalBatchOf([{ traceId: TRACE_ID, bytes: traceToOtlp(batch, 0) }]);
        expect(toPlain(assembleTraces([{ batch: again, rows: 'all' }]))).toEqual(
          toPlain(batch).map((trace) => ({
            ...trace,
            // Times of spans that were dropped as known remain in the row of the trace alone.
            startUnixNanos: toPlain(again)[0]!.startUnixNanos,
            endUnixNanos: toPlain(again)[0]!.endUnixNanos,
          })),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('gives the same bytes for the row made of its bytes', () => {
    fc.assert(
      fc.property(arbitraryTrace(), (trace) => {
        const bytes = traceToOtlp(
          arrivalBatchOf([{ traceId: TRACE_ID, bytes: traceBytes(trace) }]),
          0,
        );
        const again = arrivalBatchOf([{ traceId: TRACE_ID, bytes }]);
        expect(Buffer.compare(traceToOtlp(again, 0), bytes)).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  it('gives back numbers that OTLP has no name for, and the largest there are', () => {
    const piece = {
      traceId: TRACE_ID,
      bytes: traceBytes(
        create(tempopb.TraceSchema, {
          resourceSpans: [
            {
              scopeSpans: [
                {
                  spans: [
                    {
                      kind: -1 as otlp.Span_SpanKind,
                      status: { code: 77 as otlp.Status_StatusCode },
                      droppedAttributesCount: 2 ** 32 - 1,
                      droppedEventsCount: 2 ** 31,
                    },
                  ],
                },
              ],
            },
          ],
        }),
      ),
    };
    const bytes = traceToOtlp(arrivalBatchOf([piece]), 0);
    const decoded = fromBinary(tempopb.TraceSchema, bytes);
    expect(decoded.resourceSpans[0]!.scopeSpans[0]!.spans[0]).toMatchObject({
      kind: -1,
      status: { code: 77 },
      droppedAttributesCount: 2 ** 32 - 1,
      droppedEventsCount: 2 ** 31,
    });
  });

  it('puts generic attributes first, then dedicated, then fixed ones, and always status and scope', () => {
    const trace = create(tempopb.TraceSchema, {
      resourceSpans: [
        {
          resource: {
            attributes: [
              stringAttribute('service.name', 'shop'),
              stringAttribute('pod', 'p'),
              stringAttribute('a', 'dedicated'),
              stringAttribute('cluster', 'c'),
              stringAttribute('z', 'generic'),
              stringAttribute('m', 'generic'),
            ],
          },
          schemaUrl: 'https://schema',
          scopeSpans: [
            {
              spans: [
                {
                  spanId: new Uint8Array(8).fill(1),
                  flags: 1,
                  attributes: [
                    stringAttribute('http.url', '/'),
                    stringAttribute('b', 'dedicated'),
                    stringAttribute('http.method', 'GET'),
                    stringAttribute('z', 'generic'),
                    {
                      key: 'http.status_code',
                      value: { value: { case: 'intValue', value: 200n } },
                    },
                    { key: 'none' },
                  ],
                },
              ],
            },
          ],
        },
      ],
    });
    const batch = arrivalBatchOf([{ traceId: TRACE_ID, bytes: traceBytes(trace) }], DEDICATED);
    expect(
      toJson(tempopb.TraceSchema, fromBinary(tempopb.TraceSchema, traceToOtlp(batch, 0))),
    ).toEqual({
      resourceSpans: [
        {
          resource: {
            attributes: [
              text('m', 'generic'),
              text('z', 'generic'),
              text('a', 'dedicated'),
              text('service.name', 'shop'),
              text('cluster', 'c'),
              text('pod', 'p'),
            ],
          },
          scopeSpans: [
            {
              scope: {},
              spans: [
                {
                  traceId: Buffer.from(TRACE_ID).toString('base64'),
                  spanId: 'AQEBAQEBAQE=',
                  attributes: [
                    text('z', 'generic'),
                    { key: 'none', value: {} },
                    text('b', 'dedicated'),
                    text('http.method', 'GET'),
                    text('http.url', '/'),
                    { key: 'http.status_code', value: { intValue: '200' } },
                  ],
                  status: {},
                },
              ],
            },
          ],
        },
      ],
    });
  });
});
