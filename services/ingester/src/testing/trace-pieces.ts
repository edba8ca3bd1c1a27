/** Pieces of small traces, for tests: trace and span are known by a number. */
import { create, toBinary } from '@bufbuild/protobuf';
import { trace as otlp } from '@tempo-ts/contracts';
import type { TracePiece } from '@tempo-ts/otlp';

/** 16 bytes that end in `trace`, up to 32 bits of it. */
export function traceIdOf(trace: number): Uint8Array {
  const id = new Uint8Array(16).fill(0xab, 0, 4);
  new DataView(id.buffer).setUint32(12, trace);
  return id;
}

/** 8 bytes that end in `span`, up to 32 bits of it. */
export function spanIdOf(span: number): Uint8Array {
  const id = new Uint8Array(8).fill(0xcd, 0, 2);
  new DataView(id.buffer).setUint32(4, span);
  return id;
}

/**
 * A piece with these spans: span `n` is called `span n` and runs from second `n` to `n + 1` after
 * `epochSeconds`.
 */
export function pieceOf(trace: number, spans: readonly number[], epochSeconds = 0): TracePiece {
  const traceId = traceIdOf(trace);
  const startOf = (span: number) => BigInt(epochSeconds + span) * 1_000_000_000n;
  const bytes = toBinary(
    otlp.TracesDataSchema,
    create(otlp.TracesDataSchema, {
      resourceSpans: [
        {
          resource: {
            attributes: [
              { key: 'service.name', value: { value: { case: 'stringValue', value: 'shop' } } },
            ],
          },
          scopeSpans: [
            {
              spans: spans.map((span) => ({
                traceId,
                spanId: spanIdOf(span),
                name: `span ${span}`,
                startTimeUnixNano: startOf(span),
                endTimeUnixNano: startOf(span + 1),
              })),
            },
          ],
        },
      ],
    }),
  );
  return {
    traceId,
    slices: [bytes],
    byteLength: bytes.length,
    spanCount: spans.length,
    startUnixSeconds: epochSeconds + Math.min(...spans),
    endUnixSeconds: epochSeconds + Math.max(...spans) + 1,
  };
}
