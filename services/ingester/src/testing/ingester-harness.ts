/** An ingester on a real directory with real threads, and its time in the hands of the test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary } from '@bufbuild/protobuf';
import { BlockCache, fetchSpanBatches, openBlock } from '@tempo-ts/block';
import { tempopb, trace as otlp } from '@tempo-ts/contracts';
import { MemoryObjectStore, type ObjectStore } from '@tempo-ts/object-store';
import { SINGLE_TENANT, type BlockRef, type TenantId } from '@tempo-ts/ports';
import { systemTimers } from '@tempo-ts/runtime';
import { VirtualClock, seededRandom } from '@tempo-ts/runtime/testing';
import { createMetricsRegistry, silentLogger, type Logger } from '@tempo-ts/telemetry';
import { DEFAULT_INGESTER_CONFIG, type IngesterConfig, type TenantLimits } from '../config.ts';
import { createIngester, type CreateIngesterOptions, type IngesterModule } from '../module.ts';
import { pieceOf, traceIdOf } from './trace-pieces.ts';

export const NO_LIMITS: TenantLimits = {
  maxTracesPerUser: 0,
  maxBytesPerTrace: 0,
  maxBytesPerTagValuesQuery: 1_000_000,
  dedicatedColumns: [],
};

export interface HarnessOptions extends Partial<Omit<CreateIngesterOptions, 'config'>> {
  readonly config?: Partial<IngesterConfig>;
  readonly limits?: Partial<TenantLimits>;
}

export type Harness = Awaited<ReturnType<typeof startHarness>>;

/** Ingesters started in each directory. */
const running = new Map<string, IngesterModule[]>();

/** A directory that is gone after `test`. */
export async function withDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'ingester-'));
  try {
    await test(directory);
  } finally {
    // A worker that a failed test leaves behind would keep the process alive.
    for (const module of running.get(directory) ?? []) await module.stop();
    running.delete(directory);
    await rm(directory, { recursive: true, force: true });
  }
}

/** Starts an ingester below `directory`; every store but the given one is in memory. */
export async function startHarness(directory: string, options: HarnessOptions = {}) {
  const { config, limits, ...rest } = options;
  const clock = new VirtualClock(1_790_000_000_000 + seedOf(directory));
  const metrics = options.metrics ?? createMetricsRegistry();
  const store: ObjectStore = options.store ?? new MemoryObjectStore({ clock });
  const announced: BlockRef[] = [];
  const logger: Logger = options.logger ?? silentLogger;
  const module = createIngester({
    limitsOf: () => ({ ...NO_LIMITS, ...limits }),
    announcements: { announce: async (block) => void announced.push(block) },
    clock,
    timers: clock,
    random: seededRandom(Number(process.hrtime.bigint() % 1_000_000n)),
    ...rest,
    config: { ...DEFAULT_INGESTER_CONFIG, walPath: join(directory, 'wal'), ...config },
    store,
    logger,
    metrics,
  });
  running.set(directory, [...(running.get(directory) ?? []), module]);
  await module.start();
  return { module, clock, store, metrics, announced, ...queriesOf(module, announced, store) };
}

/** Different for each directory, so that ids made of random numbers differ too. */
function seedOf(text: string): number {
  let seed = 0;
  for (let i = 0; i < text.length; i += 1) seed = (seed * 31 + text.charCodeAt(i)) % 10_000;
  return seed * 1000;
}

function queriesOf(
  module: ReturnType<typeof createIngester>,
  announced: readonly BlockRef[],
  store: ObjectStore,
) {
  const signal = new AbortController().signal;
  const none: ReadonlySet<string> = new Set();
  /** Pushes one piece. */
  const push = async (trace: number, spans: readonly number[], tenant: TenantId = SINGLE_TENANT) =>
    (await module.pusher.push({ tenant, pieces: [pieceOf(trace, spans, 1_790_000_000)] }))[0];
  /** The numbers of the spans found by id, ascending. */
  const find = async (trace: number, planned = none, tenant: TenantId = SINGLE_TENANT) => {
    const request = { tenant, traceId: traceIdOf(trace), plannedBlocks: planned };
    const found = await module.recent.findTrace(request, signal);
    return found.trace ? spansIn(found.trace) : [];
  };
  /** Matching spans per trace. */
  const search = async (query = '{ }', planned = none, tenant: TenantId = SINGLE_TENANT) => {
    const request = create(tempopb.SearchRequestSchema, {
      Query: query,
      Limit: 100_000,
      SpansPerSpanSet: 1,
    });
    const response = await module.recent.search(
      { tenant, search: request, plannedBlocks: planned },
      signal,
    );
    return new Map(
      response.traces.map((trace) => [
        Number.parseInt(trace.traceID.slice(-8), 16),
        trace.spanSets[0]?.matched ?? 0,
      ]),
    );
  };
  /** Spans per trace in a block of the object store. */
  const spansInBlock = async (ref: BlockRef) => {
    const block = await openBlock({ ref, store, cache: new BlockCache({ capacityBytes: 1e7 }) });
    const counts = new Map<number, number>();
    for await (const batch of fetchSpanBatches(block, { columns: new Set(['span.id']) }))
      for (let span = 0; span < batch.spans.count; span += 1) {
        const at = batch.spanTraces[span]! * 16 + 12;
        const ids = batch.traces.ids;
        const trace = new DataView(ids.buffer, ids.byteOffset + at, 4).getUint32(0);
        counts.set(trace, (counts.get(trace) ?? 0) + 1);
      }
    return counts;
  };
  const plannedNow = () => new Set(announced.map(({ blockId }) => blockId));
  return { push, find, search, spansInBlock, plannedNow };
}

/** The numbers of a trace's spans, ascending; a span that is there twice comes twice. */
export function spansIn(trace: Uint8Array): number[] {
  return fromBinary(otlp.TracesDataSchema, trace)
    .resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    .map(({ spanId }) => new DataView(spanId.buffer, spanId.byteOffset + 4, 4).getUint32(0))
    .toSorted((a, b) => a - b);
}

/** Resolves when `condition` holds; fails after ten seconds at least. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  for (let attempt = 0; attempt < 2_000; attempt += 1) {
    if (await condition()) return;
    await systemTimers.sleep(5);
  }
  throw new Error(`${what} did not happen`);
}
