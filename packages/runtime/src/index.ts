export { systemClock, systemTimers, type Clock, type Timer, type Timers } from './clock.ts';
export { systemRandom, randomUuid, type Random } from './random.ts';
export { AssertionError, assert, unreachable } from './assert.ts';
export { BoundedQueue } from './bounded-queue.ts';
export { Semaphore } from './semaphore.ts';
export { startWorker } from './worker.ts';
export {
  serveCalls,
  WorkerCalls,
  WorkerGoneError,
  type CallFailure,
  type CallHandlers,
  type Calls,
  type Reply,
  type WorkerCallsOptions,
  type WorkerHandle,
} from './worker-calls.ts';
export { formatDuration, parseDurationMs } from './duration.ts';
