import { describe, expect, it } from '@jest/globals';
import { create, toBinary } from '@bufbuild/protobuf';
import { trace as otlp } from '@tempo-ts/contracts';
import { arbitraryTrace, traceBytes } from '@tempo-ts/otlp/testing';
import fc from 'fast-check';
import { BatchDictionaries } from './batch-dictionaries.ts';
import type { DedicatedColumn } from './dedicated-column.ts';
import { SpanBatchBuilder } from './span-batch-builder.ts';
import { toPlain } from './testing/describe-span-batch.ts';
import { layoutErrorsOf } from './testing/layout-errors.ts';
import { plainPieceOf } from './testing/plain-oracle.ts';
import type { TraceBytes } from './testing/span-batch-of.ts';

const DEDICATED: readonly DedicatedColumn[] = [
  { scope: 'resource', name: 'a', type: 'string', options: [] },
  { scope: 'span', name: 'b', type: 'string', options: [] },
  { scope: 'span', name: 'namespace', type: 'string', options: [] },
];

const arbitraryPiece = (): fc.Arbitrary<TraceBytes> =>
  arbitraryTrace().map((trace) => ({
    traceId: trace.resourceSpans.flatMap((batch) =>
      batch.scopeSpans.flatMap(({ spans }) => spans),
    )[0]!.traceId,
    bytes: traceBytes(trace),
  }));

const arbitraryPieces = () => fc.array(arbitraryPiece(), { minLength: 1, maxLength: 5 });

function builderOf(pieces: readonly TraceBytes[]): SpanBatchBuilder {
  const builder = new SpanBatchBuilder({ dedicatedColumns: DEDICATED });
  for (const { traceId, bytes } of pieces) builder.appendTrace(traceId, bytes);
  return builder;
}

/** ResourceSpans with nothing but a resource with these keys. */
const partOf = (attributes: readonly string[]) =>
  toBinary(
    otlp.ResourceSpansSchema,
    create(otlp.ResourceSpansSchema, {
      resource: { attributes: attributes.map((key) => ({ key })) },
    }),
  );

describe('SpanBatchBuilder', () => {
  it('holds of every piece what the rules of the row say, in order of arrival', () => {
    fc.assert(
      fc.property(arbitraryPieces(), (pieces) => {
        expect(toPlain(builderOf(pieces).view())).toEqual(
          pieces.map((piece) => plainPieceOf(piece, DEDICATED)),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('reads a piece from the middle of a longer buffer', () => {
    fc.assert(
      fc.property(arbitraryPiece(), fc.nat(9), fc.nat(9), (piece, before, behind) => {
        const buffer = new Uint8Array(before + piece.bytes.length + behind).fill(0xff);
        buffer.set(piece.bytes, before);
        const builder = new SpanBatchBuilder({ dedicatedColumns: DEDICATED });
        builder.appendTrace(piece.traceId, buffer, before, before + piece.bytes.length);
        expect(toPlain(builder.view())).toEqual([plainPieceOf(piece, DEDICATED)]);
      }),
    );
  });

  it('leaves views as they are while it grows', () => {
    fc.assert(
      fc.property(arbitraryPieces(), arbitraryPieces(), (first, second) => {
        const builder = builderOf(first);
        const view = builder.view();
        for (let round = 0; round < 20; round++)
          for (const { traceId, bytes } of second) builder.appendTrace(traceId, bytes);
        expect(toPlain(view)).toEqual(first.map((piece) => plainPieceOf(piece, DEDICATED)));
      }),
      { numRuns: 50 },
    );
  });

  it('takes malformed bytes back without a trace, and goes on', () => {
    fc.assert(
      fc.property(
        arbitraryPieces(),
        arbitraryPiece(),
        fc.nat(),
        fc.nat(255),
        (pieces, damaged, at, byte) => {
          const builder = builderOf(pieces);
          const bytes = Uint8Array.from(damaged.bytes);
          bytes[at % bytes.length] = byte;
          const truncated = bytes.subarray(0, (at % bytes.length) + 1);
          let refusals = 0;
          for (const attempt of [bytes, truncated]) {
            const before = toPlain(builder.view());
            try {
              builder.appendTrace(damaged.traceId, attempt);
            } catch (error) {
              refusals += 1;
              expect(error).toMatchObject({ name: 'SpanBatchError', code: 'malformed_trace' });
              expect(toPlain(builder.view())).toEqual(before);
            }
          }
          expect(layoutErrorsOf(builder.view())).toEqual([]);
          const rows = builder.traceCount;
          for (const { traceId, bytes: intact } of pieces) builder.appendTrace(traceId, intact);
          expect(toPlain(builder.view()).slice(rows)).toEqual(
            pieces.map((piece) => plainPieceOf(piece, DEDICATED)),
          );
          return refusals <= 2;
        },
      ),
      { numRuns: 100 },
    );
  });

  it('refuses an id that is not 16 bytes long', () => {
    const builder = new SpanBatchBuilder({ dedicatedColumns: [] });
    expect(() => builder.appendTrace(new Uint8Array(8), new Uint8Array(0))).toThrow(
      'trace id of 8 bytes, 16 expected',
    );
  });

  it('makes no row of a trace without spans', () => {
    const builder = new SpanBatchBuilder({ dedicatedColumns: [] });
    expect(builder.appendTrace(new Uint8Array(16), new Uint8Array(0))).toBe(0);
    expect(builder.view().traces.count).toBe(0);
  });

  it('knows a resource again, whatever the order of its attributes', () => {
    fc.assert(
      fc.property(arbitraryTrace(), (trace) => {
        const traceId = new Uint8Array(16).fill(1);
        const builder = new SpanBatchBuilder({ dedicatedColumns: [] });
        builder.appendTrace(traceId, traceBytes(trace));
        const { resources, scopes } = builder.view();
        for (const { resource } of trace.resourceSpans) {
          const keys = resource?.attributes.map(({ key }) => key) ?? [];
          if (new Set(keys).size === keys.length) resource?.attributes.reverse();
        }
        builder.appendTrace(traceId, traceBytes(trace));
        expect(builder.view().resources.count).toBe(resources.count);
        expect(builder.view().scopes.count).toBe(scopes.count);
      }),
    );
  });

  it('puts a resource together that came in parts, wherever they stand', () => {
    const spans = toBinary(
      otlp.ResourceSpansSchema,
      create(otlp.ResourceSpansSchema, {
        scopeSpans: [{ spans: [{ spanId: new Uint8Array(8).fill(1) }] }],
      }),
    );
    const resourceSpans = Buffer.concat([partOf(['x']), spans, partOf(['z', 'y'])]);
    const bytes = Buffer.concat([Uint8Array.of(0x0a, resourceSpans.length), resourceSpans]);
    const piece = { traceId: new Uint8Array(16).fill(1), bytes };
    const plain = toPlain(builderOf([piece]).view());
    expect(plain).toEqual([plainPieceOf(piece, DEDICATED)]);
    expect(plain[0]!.resources[0]!.attributes.map(([key]) => key)).toEqual(['x', 'y', 'z']);
  });

  it('shares dictionaries between the builders of a head', () => {
    fc.assert(
      fc.property(arbitraryPieces(), arbitraryPieces(), (first, second) => {
        const dictionaries = new BatchDictionaries({ dedicatedColumns: DEDICATED, seed: 7 });
        const views = [first, second].map((pieces) => {
          const builder = new SpanBatchBuilder({ dedicatedColumns: DEDICATED, dictionaries });
          for (const { traceId, bytes } of pieces) builder.appendTrace(traceId, bytes);
          return builder.view();
        });
        expect(views[0]!.spans.names.dictionary.lineage).toBe(
          views[1]!.spans.names.dictionary.lineage,
        );
        expect(views.flatMap(toPlain)).toEqual(
          [...first, ...second].map((piece) => plainPieceOf(piece, DEDICATED)),
        );
      }),
    );
  });

  it('ends in a batch with the same rows and columns shared as before', () => {
    fc.assert(
      fc.property(arbitraryPieces(), (pieces) => {
        const builder = builderOf(pieces);
        for (let round = 0; round < 30; round++)
          for (const { traceId, bytes } of pieces) builder.appendTrace(traceId, bytes);
        const view = builder.view();
        const finished = builder.finish();
        expect(toPlain(finished)).toEqual(toPlain(view));
        expect(layoutErrorsOf(finished)).toEqual([]);
        expect(finished.spans.names.dictionary).toBe(view.spans.names.dictionary);
        expect(finished.spans.nestedSetRights).toBe(finished.spans.nestedSetLefts);
      }),
      { numRuns: 10 },
    );
  });

  it('counts its memory', () => {
    fc.assert(
      fc.property(arbitraryPieces(), (pieces) => {
        const builder = new SpanBatchBuilder({ dedicatedColumns: [] });
        let bytes = builder.approximateBytes;
        for (const piece of pieces) {
          builder.appendTrace(piece.traceId, piece.bytes);
          expect(builder.approximateBytes).toBeGreaterThan(bytes);
          bytes = builder.approximateBytes;
        }
      }),
      { numRuns: 20 },
    );
  });
});
