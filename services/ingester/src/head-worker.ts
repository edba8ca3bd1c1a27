/**
 * The thread that owns the recent spans of all tenants: turns pushed bytes into columns, searches
 * them, and gives them away for blocks. Messages are handled in the order in which they came, so a
 * query sees everything that was posted before it; a long query lets later messages in between.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { randomBytes } from 'node:crypto';
import { assert, serveCalls, systemClock } from '@tempo-ts/runtime';
import type { HeadCalls, HeadMessage, HeadWorkerSettings, IndexedMessage } from './head-calls.ts';
import { HeadSet } from './head-set.ts';

/** Longest work of a query before other messages get a turn. */
const TURN_MS = 8;

const port = parentPort;
assert(port, 'the head worker runs in a thread');
const settings = workerData as HeadWorkerSettings;

const heads = new HeadSet({
  ...settings,
  seed: randomBytes(4).readInt32LE(),
  pause: pauseAfter(TURN_MS),
});

let isReportDue = false;
let indexedBytes = 0;
let unreadablePieces = 0;
let reason: string | undefined;

const { post } = serveCalls<HeadCalls>(port, heads.handlers(), (posted) => {
  const message = posted as HeadMessage;
  if (message.kind === 'open') heads.open(message);
  else if (message.kind === 'release') {
    heads.release(message.headId);
    reportSoon();
  } else {
    reportSoon();
    indexedBytes += message.payload.length;
    const result = heads.append(message.headId, message.payload, message.isCarried);
    free(message.payload);
    unreadablePieces += result.unreadablePieces;
    reason = result.reason ?? reason;
  }
});

/**
 * Gives the memory of a payload back now: columns hold copies of what they need, and the collector
 * would let tens of megabytes pile up before it looks at buffers.
 */
function free(payload: Uint8Array): void {
  (payload.buffer as ArrayBuffer).transfer(0);
}

/** One message for all payloads of a turn. */
function reportSoon(): void {
  if (!isReportDue) setImmediate(reportIndexed);
  isReportDue = true;
}

function reportIndexed(): void {
  isReportDue = false;
  const message: IndexedMessage = {
    kind: 'indexed',
    byteLength: indexedBytes,
    memoryBytes: heads.memoryBytes,
    unreadablePieces,
    ...(reason === undefined ? {} : { reason }),
  };
  indexedBytes = 0;
  unreadablePieces = 0;
  reason = undefined;
  post(message);
}

/** Resolves in a later turn of the event loop once the current one has lasted `turnMs`. */
function pauseAfter(turnMs: number): () => Promise<void> | undefined {
  let turnStartMs = systemClock.monotonicMs();
  return () => {
    if (systemClock.monotonicMs() - turnStartMs < turnMs) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        turnStartMs = systemClock.monotonicMs();
        resolve();
      });
    });
  };
}
