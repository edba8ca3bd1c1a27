import { MessageChannel, Worker, receiveMessageOnPort } from 'node:worker_threads';
import { describe, expect, it } from '@jest/globals';
import { create } from '@bufbuild/protobuf';
import type { trace as otlp } from '@tempo-ts/contracts';
import { tempopb } from '@tempo-ts/contracts';
import { arbitraryTrace, traceBytes } from '@tempo-ts/otlp/testing';
import fc from 'fast-check';
import { assembleTraces } from './assemble-traces.ts';
import type { AssemblyInput } from './assemble-traces.ts';
import { BatchDictionaries } from './batch-dictionaries.ts';
import { materialize } from './lazy-columns.ts';
import { SpanBatchBuilder } from './span-batch-builder.ts';
import type { SpanBatch } from './span-batch.ts';
import { arrivalBatchOf } from './testing/span-batch-of.ts';
import type { TraceBytes } from './testing/span-batch-of.ts';
import { toPlain } from './testing/describe-span-batch.ts';
import { layoutErrorsOf } from './testing/layout-errors.ts';
import { plainAssemblyOf } from './testing/plain-assembly.ts';
import { plainPieceOf } from './testing/plain-oracle.ts';

/** Any pieces: ids recur, spans with the same id and kind may differ. */
const arbitraryPieces = (): fc.Arbitrary<TraceBytes[]> =>
  fc.array(
    arbitraryTrace({ maxSpans: 8 }).map((trace) => ({
      traceId: traceIdOf(trace),
      bytes: traceBytes(trace),
    })),
    { minLength: 1, maxLength: 5 },
  );

/** A trace, and pieces that have each of its spans at least once. */
const arbitraryCutTrace = (): fc.Arbitrary<{ pieces: TraceBytes[] }> =>
  fc
    .tuple(
      arbitraryTrace({ maxSpans: 10 }),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.nat(), { minLength: 10, maxLength: 10 }),
    )
    .map(([trace, pieceCount, choices]) => ({ pieces: cut(trace, pieceCount, choices) }));

function traceIdOf(trace: tempopb.Trace): Uint8Array {
  return trace.resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans),
  )[0]!.traceId;
}

/** Deals the spans out to pieces; of spans with the same id and kind only the first is used. */
function cut(trace: tempopb.Trace, pieceCount: number, choices: readonly number[]): TraceBytes[] {
  const seen = new Set<string>();
  let next = 0;
  const places = new Map<otlp.Span, number>();
  for (const { scopeSpans } of trace.resourceSpans)
    for (const { spans } of scopeSpans)
      for (const span of spans) {
        const key = `${Buffer.from(span.spanId).toString('hex')}/${span.kind}`;
        const subset = (choices[next++ % choices.length]! % (2 ** pieceCount - 1)) + 1;
        places.set(span, seen.has(key) ? 0 : subset);
        // Whole seconds, so that spans with the same start are common.
        span.startTimeUnixNano -= span.startTimeUnixNano % 1_000_000_000n;
        seen.add(key);
      }
  const traceId = traceIdOf(trace);
  return Array.from({ length: pieceCount }, (_, piece) => ({
    traceId,
    bytes: traceBytes(
      create(tempopb.TraceSchema, {
        resourceSpans: trace.resourceSpans.map((batch) => ({
          ...batch,
          scopeSpans: batch.scopeSpans.map((scope) => ({
            ...scope,
            spans: scope.spans.filter((span) => (places.get(span)! >> piece) & 1),
          })),
        })),
      }),
    ),
  }));
}

const all = (batch: SpanBatch): AssemblyInput => ({ batch, rows: 'all' });

/** Batches of these pieces, one each, that share dictionaries or do not. */
function batchesOf(pieces: readonly TraceBytes[], isShared: boolean): SpanBatch[] {
  const dictionaries = new BatchDictionaries({ dedicatedColumns: [] });
  return pieces.map(({ traceId, bytes }) => {
    const builder = new SpanBatchBuilder({
      dedicatedColumns: [],
      ...(isShared ? { dictionaries } : {}),
    });
    builder.appendTrace(traceId, bytes);
    return builder.view();
  });
}

const spanAt = (id: number, startTimeUnixNano: bigint) => ({
  spanId: new Uint8Array(8).fill(id),
  startTimeUnixNano,
});

const resourceOf = (value: string) => ({
  attributes: [{ key: 'service.name', value: { value: { case: 'stringValue' as const, value } } }],
});

const named = (name: string, id: number, linked?: Uint8Array) => ({
  name,
  spanId: new Uint8Array(8).fill(id),
  links:
    linked === undefined
      ? []
      : [
          {
            traceId: linked,
            attributes: [
              {
                key: 'opentracing.ref_type',
                value: { value: { case: 'stringValue' as const, value: 'child_of' } },
              },
            ],
          },
        ],
});

const denied = (): never => {
  throw new Error('column was not fetched');
};

describe('assembleTraces', () => {
  it('makes of the pieces of one batch what the rules say', () => {
    fc.assert(
      fc.property(arbitraryPieces(), (pieces) => {
        const assembled = assembleTraces([all(arrivalBatchOf(pieces))]);
        expect(toPlain(assembled)).toEqual(
          plainAssemblyOf(pieces.map((piece) => plainPieceOf(piece))),
        );
        expect(assembled.isAssembled).toBe(true);
        expect(layoutErrorsOf(assembled)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('takes pieces from batches with shared and with different dictionaries', () => {
    fc.assert(
      fc.property(arbitraryPieces(), fc.boolean(), fc.boolean(), (pieces, isShared, isCompact) => {
        const assembled = assembleTraces(batchesOf(pieces, isShared).map(all), {
          hasCompactDictionaries: isCompact,
        });
        expect(layoutErrorsOf(assembled)).toEqual([]);
        expect(toPlain(assembled)).toEqual(
          plainAssemblyOf(pieces.map((piece) => plainPieceOf(piece))),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('takes rows of batches whose dictionaries have nothing in common, as those of blocks', () => {
    fc.assert(
      fc.property(arbitraryPieces(), arbitraryPieces(), (first, second) => {
        const blocks = [first, second].map((pieces) =>
          withoutLineage(materialize(assembleTraces([all(arrivalBatchOf(pieces))]))),
        );
        expect(toPlain(assembleTraces(blocks.map(all)))).toEqual(
          plainAssemblyOf(
            [first, second].flatMap((pieces) =>
              plainAssemblyOf(pieces.map((piece) => plainPieceOf(piece))),
            ),
          ),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('gives the same trace whatever the order and grouping of its pieces', () => {
    fc.assert(
      fc.property(
        arbitraryCutTrace(),
        fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
        fc.boolean(),
        ({ pieces }, choices, isShared) => {
          const expected = plainAssemblyOf(
            pieces
              .map((piece) => plainPieceOf(piece))
              .filter(({ resources }) => resources.length > 0),
          );
          let batches = batchesOf(pieces, isShared);
          for (const choice of choices) {
            if (batches.length === 1) break;
            const from = choice % batches.length;
            const [taken] = batches.splice(from, 1);
            const [other] = batches.splice((choice >> 3) % batches.length, 1);
            batches = [...batches, assembleTraces([all(taken!), all(other!)])];
          }
          expect(toPlain(assembleTraces(batches.map(all)))).toEqual(expected);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('keeps the order of arrival when a piece meets what was assembled of it', () => {
    const traceId = new Uint8Array(16).fill(1);
    const arrival = arrivalBatchOf([
      {
        traceId,
        bytes: traceBytes(
          create(tempopb.TraceSchema, {
            resourceSpans: [
              { resource: resourceOf('a'), scopeSpans: [{ spans: [spanAt(1, 3n)] }] },
              { resource: resourceOf('b'), scopeSpans: [{ spans: [spanAt(2, 2n)] }] },
              { resource: resourceOf('a'), scopeSpans: [{ spans: [spanAt(3, 1n)] }] },
            ],
          }),
        ),
      },
    ]);
    const once = assembleTraces([all(arrival)]);
    expect([...once.spans.ids.bytes].filter((_, i) => i % 8 === 0)).toEqual([1, 3, 2]);
    expect(toPlain(assembleTraces([all(once), all(arrival)]))).toEqual(toPlain(once));
    expect(toPlain(assembleTraces([all(arrival), all(once)]))).toEqual(toPlain(once));
  });

  it('names a trace after its last root, which no link into the trace makes a child', () => {
    const traceId = new Uint8Array(16).fill(1);
    const rootOf = (...spans: ReturnType<typeof named>[]): string | undefined =>
      toPlain(
        assembleTraces([
          all(
            arrivalBatchOf([
              create(tempopb.TraceSchema, {
                resourceSpans: [
                  { scopeSpans: [{ spans: spans.map((span) => ({ traceId, ...span })) }] },
                ],
              }),
            ]),
          ),
        ]),
      )[0]!.rootSpanName;
    expect(rootOf(named('first', 1), named('second', 2))).toBe('second');
    expect(rootOf(named('first', 1), named('child', 2, traceId))).toBe('first');
    expect(rootOf(named('first', 1), named('elsewhere', 2, new Uint8Array(16)))).toBe('elsewhere');
    expect(rootOf(named('child', 1, traceId))).toBeUndefined();
  });

  it('takes the rows it is told, and leaves the others', () => {
    fc.assert(
      fc.property(arbitraryPieces(), fc.nat(31), (pieces, mask) => {
        const taken = pieces.filter((_, i) => (mask >> i) & 1);
        const rows = Int32Array.from(pieces.keys()).filter((i) => (mask >> i) & 1);
        const assembled = assembleTraces([{ batch: arrivalBatchOf(pieces), rows }]);
        expect(toPlain(assembled)).toEqual(
          plainAssemblyOf(taken.map((piece) => plainPieceOf(piece))),
        );
      }),
    );
  });

  it('changes nothing in what is assembled already', () => {
    fc.assert(
      fc.property(arbitraryPieces(), (pieces) => {
        const once = assembleTraces([all(arrivalBatchOf(pieces))]);
        expect(toPlain(assembleTraces([all(once)]))).toEqual(toPlain(once));
      }),
    );
  });

  it('keeps strings that are used and no others in compact dictionaries', () => {
    fc.assert(
      fc.property(arbitraryPieces(), (pieces) => {
        const { spans, resources } = assembleTraces(
          [{ batch: arrivalBatchOf(pieces), rows: Int32Array.of(0) }],
          { hasCompactDictionaries: true },
        );
        for (const { dictionary, codes } of [
          spans.names,
          spans.attributes.keys,
          spans.attributes.strings,
          resources.serviceNames,
        ])
          expect(dictionary.count).toBe(new Set(codes).size);
      }),
    );
  });

  it('derives trace, resource and scope of every span', () => {
    fc.assert(
      fc.property(arbitraryPieces(), (pieces) => {
        const arrival = arrivalBatchOf(pieces);
        for (const batch of [arrival, assembleTraces([all(arrival)])]) {
          const { traces, resourceEntries, scopeEntries } = batch;
          const expected: [number, number, number][] = [];
          for (let trace = 0; trace < traces.count; trace++)
            for (
              let e = traces.resourceOffsets[trace]!;
              e < traces.resourceOffsets[trace + 1]!;
              e++
            )
              for (
                let s = resourceEntries.scopeOffsets[e]!;
                s < resourceEntries.scopeOffsets[e + 1]!;
                s++
              )
                for (
                  let i = scopeEntries.spanOffsets[s]!;
                  i < scopeEntries.spanOffsets[s + 1]!;
                  i++
                )
                  expected.push([trace, resourceEntries.resources[e]!, scopeEntries.scopes[s]!]);
          expect(
            Array.from({ length: batch.spans.count }, (_, i) => [
              batch.spanTraces[i],
              batch.spanResources[i],
              batch.spanScopes[i],
            ]),
          ).toEqual(expected);
        }
      }),
    );
  });

  it('looks at no column of its inputs that is not looked at itself', () => {
    const whole = arrivalBatchOf([pieceOf(1, [1, 2]), pieceOf(2, [3])]);
    const pruned: SpanBatch = {
      ...whole,
      spans: Object.defineProperties(
        { ...whole.spans },
        { statusMessages: { get: denied }, attributes: { get: denied } },
      ),
      resources: Object.defineProperties({ ...whole.resources }, { attributes: { get: denied } }),
    };
    const assembled = assembleTraces([all(pruned)], {
      columns: new Set(['span.name', 'resource.serviceName']),
    });
    expect(assembled.spans.names.codes).toHaveLength(3);
    expect(assembled.resources.serviceNames.codes).toHaveLength(1);
    expect(() => assembled.spans.statusMessages).toThrow('column was not fetched');
  });

  it('shows a batch in another thread what is in it, and nothing of what comes after', async () => {
    const dictionaries = new BatchDictionaries({ dedicatedColumns: [] });
    const builder = new SpanBatchBuilder({ dedicatedColumns: [], dictionaries });
    const { traceId, bytes } = pieceOf(1, [1, 2, 3]);
    builder.appendTrace(traceId, bytes);
    const view = builder.view();
    const worker = new Worker(
      `require('node:worker_threads').parentPort.on('message', (batch) => {
         const { lineage } = batch.spans.names.dictionary;
         require('node:worker_threads').parentPort.postMessage({
           lineage, ids: [...batch.spans.ids.bytes], isShared: batch.spans.kinds.buffer instanceof SharedArrayBuffer,
         });
       });`,
      { eval: true },
    );
    try {
      const answer = new Promise((resolve) => worker.once('message', resolve));
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      worker.postMessage(view);
      for (let i = 0; i < 100; i++) builder.appendTrace(traceId, bytes);
      expect(await answer).toEqual({
        lineage: dictionaries.spanNames.lineage,
        ids: [...view.spans.ids.bytes],
        isShared: true,
      });
    } finally {
      await worker.terminate();
    }
  });

  it('makes batches that go to another thread without a copy', () => {
    fc.assert(
      fc.property(arbitraryPieces(), (pieces) => {
        const arrival = arrivalBatchOf(pieces);
        const channel = new MessageChannel();
        for (const batch of [arrival, assembleTraces([all(arrival)])]) {
          channel.port1.postMessage(batch);
          const { message } = receiveMessageOnPort(channel.port2) as { message: SpanBatch };
          expect(toPlain(message)).toEqual(toPlain(batch));
          expect(unsharedArrays(materialize(message))).toEqual([]);
        }
        channel.port1.close();
      }),
      { numRuns: 20 },
    );
  });
});

/** The same batch with dictionaries that nobody else has. */
function withoutLineage<T extends object>(value: T): T {
  if (ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(withoutLineage) as unknown as T;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'lineage')
      .map(([key, part]: [string, unknown]) => [
        key,
        typeof part === 'object' && part !== null ? withoutLineage(part) : part,
      ]),
  ) as T;
}

/** A piece with one resource and scope and spans of these ids. */
function pieceOf(lastByte: number, spanIds: readonly number[]): TraceBytes {
  const traceId = new Uint8Array(16).fill(lastByte);
  return {
    traceId,
    bytes: traceBytes(
      create(tempopb.TraceSchema, {
        resourceSpans: [
          {
            scopeSpans: [
              { spans: spanIds.map((id) => ({ traceId, spanId: new Uint8Array(8).fill(id) })) },
            ],
          },
        ],
      }),
    ),
  };
}

/** Where in a batch arrays lie in memory of one thread; those without elements do not matter. */
function unsharedArrays(value: object, path = 'batch'): string[] {
  if (ArrayBuffer.isView(value))
    return value.byteLength === 0 ||
      Object.prototype.toString.call(value.buffer) === '[object SharedArrayBuffer]'
      ? []
      : [path];
  return Object.entries(value).flatMap(([key, part]: [string, unknown]) =>
    typeof part === 'object' && part !== null ? unsharedArrays(part, `${path}.${key}`) : [],
  );
}
