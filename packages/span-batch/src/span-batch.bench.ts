/**
 * CPU and memory per span of building, assembling and reading back span batches. Run with a file of
 * length-prefixed export requests (u32 little-endian length, then the request):
 *
 *   node --conditions=@tempo-ts/source packages/span-batch/src/span-batch.bench.ts FRAMES [ROUNDS]
 */
import { readFileSync } from 'node:fs';
import { regroupByTrace } from '@tempo-ts/otlp';
import { assembleTraces } from './assemble-traces.ts';
import { materialize } from './lazy-columns.ts';
import type { SpanBatch } from './span-batch.ts';
import { SpanBatchBuilder } from './span-batch-builder.ts';
import { sortedTraceOrder } from './trace-order.ts';
import { traceToOtlp } from './trace-to-otlp.ts';

interface Piece {
  readonly traceId: Uint8Array;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

const [, , path, rounds = '3'] = process.argv;
if (path === undefined) throw new Error('usage: span-batch.bench.ts FRAMES [ROUNDS]');
const pieces = readPieces(path);

for (let round = 0; round < Number(rounds); round++) {
  const builder = new SpanBatchBuilder({ dedicatedColumns: [] });
  const shred = cpuMicroseconds(() => {
    for (const { traceId, bytes, start, end } of pieces)
      builder.appendTrace(traceId, bytes, start, end);
  });
  const spans = builder.spanCount;
  report('shred', shred, spans);
  process.stdout.write(
    `  ${builder.traceCount} rows, ${spans} spans; allocated ${perSpan(allocatedBytes(builder.view()), spans)}, finished ${perSpan(allocatedBytes(builder.finish()), spans)}, ` +
      `counted ${perSpan(builder.approximateBytes, spans)} bytes per span ` +
      `(columns ${perSpan(builder.columnBytes, spans)})\n`,
  );
  measureAssembly(builder.view());
}

function measureAssembly(batch: SpanBatch): void {
  const spans = batch.spans.count;
  const order = cpuMicroseconds(() => assembleTraces([{ batch, rows: 'all' }]));
  report('  assemble, order only', order, spans);
  let assembled: SpanBatch = batch;
  const all = cpuMicroseconds(() => {
    assembled = materialize(assembleTraces([{ batch, rows: 'all' }]));
  });
  report('  assemble, all columns', all, spans);
  const compact = cpuMicroseconds(() =>
    materialize(assembleTraces([{ batch, rows: 'all' }], { hasCompactDictionaries: true })),
  );
  report('  assemble, compact dictionaries', compact, spans);
  const fewRows = sortedTraceOrder(batch).subarray(0, 60);
  const few = cpuMicroseconds(() => {
    for (let i = 0; i < 100; i++) materialize(assembleTraces([{ batch, rows: fewRows }]));
  });
  process.stdout.write(
    `  assemble 60 rows, all columns: ${(few / 100).toFixed(0)} CPU µs per call\n`,
  );
  let bytes = 0;
  const otlp = cpuMicroseconds(() => {
    for (let row = 0; row < assembled.traces.count; row++)
      bytes += traceToOtlp(assembled, row).length;
  });
  report(
    `  back to OTLP (${assembled.traces.count} traces, ${perSpan(bytes, spans)} bytes per span)`,
    otlp,
    spans,
  );
}

function report(what: string, microseconds: number, spans: number): void {
  process.stdout.write(`${what}: ${(microseconds / spans).toFixed(3)} CPU µs per span\n`);
}

function perSpan(bytes: number, spans: number): string {
  return (bytes / spans).toFixed(0);
}

function cpuMicroseconds(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const used = process.cpuUsage(start);
  return used.user + used.system;
}

/** Size of the memory that the columns of a batch lie in, room to grow included. */
function allocatedBytes(value: object, buffers = new Set<ArrayBufferLike>()): number {
  if (ArrayBuffer.isView(value)) {
    if (buffers.has(value.buffer)) return 0;
    buffers.add(value.buffer);
    return value.buffer.byteLength;
  }
  let bytes = 0;
  for (const part of Object.values(value) as unknown[])
    if (typeof part === 'object' && part !== null) bytes += allocatedBytes(part, buffers);
  return bytes;
}

/** All pieces of all requests, each request's in one buffer, as they stand in a log record. */
function readPieces(file: string): Piece[] {
  const bytes = readFileSync(file);
  const found: Piece[] = [];
  for (let position = 0; position < bytes.length;) {
    const length = bytes.readUInt32LE(position);
    const request = new Uint8Array(bytes.subarray(position + 4, position + 4 + length));
    position += 4 + length;
    const regrouped = regroupByTrace(request);
    const record = new Uint8Array(regrouped.byteLength);
    let end = 0;
    for (const piece of regrouped.pieces) {
      const start = end;
      for (const slice of piece.slices) {
        record.set(slice, end);
        end += slice.length;
      }
      found.push({ traceId: piece.traceId, bytes: record, start, end });
    }
  }
  return found;
}
