/** The last step of every `main`: run the process until it is told to end. */
import { registerProcessMetrics } from '@tempo-ts/telemetry';
import { collectGarbageLessOften } from './heap-growth.ts';
import { TempoProcess, type TempoProcessOptions } from './tempo-process.ts';

/** What the operating system gives a process; replaced in tests. */
export interface ProcessHost {
  /** Calls `handler` for each SIGTERM and SIGINT. */
  onSignal(handler: (name: string) => void): void;
  /** Calls `handler` for an error that nobody caught. */
  onUncaughtError(handler: (error: unknown) => void): void;
  /** Ends the process. */
  exit(code: number): void;
}

/** The real thing. */
export const nodeProcessHost: ProcessHost = {
  onSignal(handler) {
    process.on('SIGTERM', () => handler('SIGTERM'));
    process.on('SIGINT', () => handler('SIGINT'));
  },
  onUncaughtError(handler) {
    process.on('uncaughtException', handler);
    process.on('unhandledRejection', handler);
  },
  exit: (code) => process.exit(code),
};

/**
 * Starts a process made of `options` and runs it until SIGTERM, SIGINT or a module's request; then
 * stops it in order and exits with 0. A second signal exits at once. A start that fails, and an error
 * that nobody caught, exit with 1 after one clear line.
 */
export async function runService(
  options: TempoProcessOptions,
  host: ProcessHost = nodeProcessHost,
): Promise<void> {
  const { logger } = options;
  collectGarbageLessOften();
  registerProcessMetrics(options.metrics);
  const tempo = new TempoProcess(options);
  host.onUncaughtError((error) => {
    // What is acknowledged is on disk; going on in an unknown state could damage it.
    logger.error('uncaught error, exiting', { error, stack: stackOf(error) });
    host.exit(1);
  });
  endOnSignals(tempo, host, options);
  try {
    await tempo.start();
  } catch (error) {
    logger.error('failed to start', { target: options.target, error });
    host.exit(1);
    return;
  }
  options.onStarted?.();
  const reason = await tempo.shutdownRequested;
  logger.info('stopping', { reason });
  await tempo.stop();
  host.exit(0);
}

/**
 * Wrappers (npm, timeout, a terminal's process group) often pass one Ctrl-C on twice: signals that
 * come this soon after the first are the same wish.
 */
const SAME_WISH_MS = 1_000;

/** The first signal ends the process in order, a later one at once. */
function endOnSignals(
  tempo: TempoProcess,
  host: ProcessHost,
  { logger, clock }: Pick<TempoProcessOptions, 'logger' | 'clock'>,
): void {
  let firstMs: number | undefined;
  host.onSignal((name) => {
    const nowMs = clock.monotonicMs();
    if (firstMs === undefined) {
      firstMs = nowMs;
      tempo.requestShutdown(`received ${name}`);
    } else if (nowMs - firstMs > SAME_WISH_MS) {
      logger.warn('exiting without finishing, because of a second signal', { signal: name });
      host.exit(1);
    }
  });
}

function stackOf(error: unknown): string | undefined {
  return (error as { readonly stack?: string } | undefined)?.stack;
}
