/**
 * A process that is made to be killed: an ingester with a load of its own. Argument: a directory and
 * the number of the first push. Prints the number of each acknowledged push on a line of its own.
 * Push `n` holds a trace of its own and a span of one of a few traces that go on for ever.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { LocalObjectStore } from '@tempo-ts/object-store';
import { SINGLE_TENANT } from '@tempo-ts/ports';
import { systemClock, systemRandom, systemTimers } from '@tempo-ts/runtime';
import { createMetricsRegistry, silentLogger } from '@tempo-ts/telemetry';
import { DEFAULT_INGESTER_CONFIG } from '../config.ts';
import { createIngester } from '../module.ts';
import { piecesOfPush } from './load.ts';

const CONCURRENT_PUSHES = 8;

const [directory, first] = process.argv.slice(2) as [string, string];
const store = await LocalObjectStore.open({
  path: join(directory, 'store'),
  clock: systemClock,
  random: systemRandom,
});
const ingester = createIngester({
  // Everything happens often, so that a kill hits every step.
  config: {
    ...DEFAULT_INGESTER_CONFIG,
    walPath: join(directory, 'wal'),
    flushCheckPeriodMs: 50,
    traceIdlePeriodMs: 100,
    traceLivePeriodMs: 200,
    maxBlockDurationMs: 250,
  },
  limitsOf: () => ({
    maxTracesPerUser: 0,
    maxBytesPerTrace: 0,
    maxBytesPerTagValuesQuery: 0,
    dedicatedColumns: [],
  }),
  store,
  announcements: { announce: async () => {} },
  clock: systemClock,
  timers: systemTimers,
  random: systemRandom,
  logger: silentLogger,
  metrics: createMetricsRegistry(),
});
await ingester.start();

let next = Number(first);

async function pushForEver(): Promise<never> {
  for (;;) {
    const n = next;
    next += 1;
    await ingester.pusher.push({ tenant: SINGLE_TENANT, pieces: piecesOfPush(n) });
    writeSync(1, `${n}\n`);
    await systemTimers.sleep(10);
  }
}

// Keeps the process alive: timers of the ingester do not.
process.stdin.resume();
await Promise.all(Array.from({ length: CONCURRENT_PUSHES }, pushForEver));
