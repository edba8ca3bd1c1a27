/**
 * CPU per span of writing a block, finding traces in it and reading it back. Run with a file of
 * length-prefixed export requests (u32 little-endian length, then the request):
 *
 *   node --conditions=@tempo-ts/source packages/block/src/create-block.bench.ts FRAMES [ROUNDS] [CONFIG]
 *
 * CONFIG is JSON of what differs from the default `BlockWriterConfig`, for example '{"encoder":"arrow"}';
 * several, in one array, are measured in turn.
 */
import { readFileSync } from 'node:fs';
import { MemoryObjectStore } from '@tempo-ts/object-store';
import { regroupByTrace } from '@tempo-ts/otlp';
import { SINGLE_TENANT } from '@tempo-ts/ports';
import { randomUuid, systemClock, systemRandom } from '@tempo-ts/runtime';
import { assembleTraces, SpanBatchBuilder, type BatchColumn } from '@tempo-ts/span-batch';
import {
  ALL_BATCH_COLUMNS,
  BlockCache,
  createBlock,
  DEFAULT_BLOCK_WRITER_CONFIG,
  fetchSpanBatches,
  findTraceById,
  openBlock,
  toBlockRef,
  type BlockMeta,
  type BlockWriterConfig,
} from './index.ts';
import { DEFAULT_DEDICATED_COLUMNS } from './testing/index.ts';

const [, , path, rounds = '3', variants = '{}'] = process.argv;
const configs = [JSON.parse(variants) as Partial<BlockWriterConfig>].flat();
if (path === undefined) throw new Error('usage: create-block.bench.ts FRAMES [ROUNDS] [CONFIG]');
const builder = new SpanBatchBuilder({ dedicatedColumns: DEFAULT_DEDICATED_COLUMNS });
appendFrames(path);
const batch = assembleTraces([{ batch: builder.view(), rows: 'all' }]);
const spanCount = batch.spans.count;
print(`${batch.traces.count} traces, ${spanCount} spans`);

for (const config of Array.from({ length: Number(rounds) }, () => configs).flat()) {
  const store = new MemoryObjectStore({ clock: systemClock });
  let meta: BlockMeta | undefined;
  const cpu = await cpuMicroseconds(async () => {
    meta = await createBlock({
      store,
      tenant: SINGLE_TENANT,
      blockId: randomUuid(systemRandom),
      batches: [batch],
      startUnixMs: 0,
      endUnixMs: 0,
      dedicatedColumns: DEFAULT_DEDICATED_COLUMNS,
      config: { ...DEFAULT_BLOCK_WRITER_CONFIG, ...config },
    });
  });
  print(
    `create ${JSON.stringify(config)}: ${(cpu / spanCount).toFixed(2)} CPU µs per span, ` +
      `${(meta!.sizeBytes / spanCount).toFixed(1)} bytes per span, ` +
      `${meta!.rowGroupCount} row groups, ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB rss`,
  );
  await measureReading(store, meta!);
}

async function measureReading(store: MemoryObjectStore, meta: BlockMeta): Promise<void> {
  const cache = new BlockCache({ capacityBytes: 1e8 });
  const block = await openBlock({ ref: toBlockRef(meta), store, cache });
  const finds = 50;
  const find = await cpuMicroseconds(async () => {
    for (let i = 0; i < finds; i++) {
      const row = Math.floor((i / finds) * batch.traces.count);
      const { trace } = await findTraceById(
        block,
        batch.traces.ids.subarray(row * 16, row * 16 + 16),
      );
      if (!trace) throw new Error('a trace is missing');
    }
  });
  print(`  find by id: ${(find / finds / 1000).toFixed(1)} CPU ms`);
  const scan = async (what: string, columns: ReadonlySet<BatchColumn>, touch: string) => {
    const cpu = await cpuMicroseconds(async () => {
      for await (const each of fetchSpanBatches(block, { columns })) {
        if (touch === 'names') void each.spans.names;
        if (touch === 'attributes') void each.spans.attributes;
        if (touch === 'all') JSON.stringify(each, (_, value: unknown) => touchOf(value));
      }
    });
    print(`  read ${what}: ${((cpu * 1000) / spanCount).toFixed(0)} CPU ns per span`);
  };
  await scan('structure', new Set(), '');
  await scan('names', new Set(['span.name']), 'names');
  await scan('attributes', new Set(['span.attributes']), 'attributes');
  await scan('everything', ALL_BATCH_COLUMNS, 'all');
}

/** Visits lazy columns without printing arrays. */
function touchOf(value: unknown): unknown {
  return ArrayBuffer.isView(value) ? undefined : value;
}

async function cpuMicroseconds(work: () => Promise<void>): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const used = process.cpuUsage(start);
  return used.user + used.system;
}

function appendFrames(file: string): void {
  const bytes = readFileSync(file);
  for (let position = 0; position < bytes.length;) {
    const length = bytes.readUInt32LE(position);
    const request = new Uint8Array(bytes.subarray(position + 4, position + 4 + length));
    position += 4 + length;
    for (const { traceId, slices } of regroupByTrace(request).pieces)
      builder.appendTrace(traceId, new Uint8Array(Buffer.concat(slices)));
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
