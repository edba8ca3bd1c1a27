/** The blocklist as a part of a process: polled once at the start, then periodically. */
import type { ObjectStore } from '@tempo-ts/object-store';
import type { TenantId } from '@tempo-ts/ports';
import type { Clock, Timer, Timers } from '@tempo-ts/runtime';
import type { Logger, MetricsRegistry } from '@tempo-ts/telemetry';
import { Blocklist } from './blocklist.ts';
import { BlocklistPoller, type BlocklistPollConfig } from './blocklist-poller.ts';

export interface CreateBlocklistOptions {
  /** `storage.trace`; durations in milliseconds. */
  readonly config: BlocklistPollConfig & { readonly blocklist_poll: number };
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: MetricsRegistry;
  readonly isIndexBuilder?: (tenant: TenantId) => boolean;
}

/** A blocklist that polls while it is started. */
export class PolledBlocklist extends Blocklist {
  readonly name = 'blocklist';
  readonly #poller: BlocklistPoller;
  readonly #timers: Timers;
  readonly #periodMs: number;
  readonly #stopped = new AbortController();
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;

  constructor(options: CreateBlocklistOptions) {
    super();
    this.#poller = new BlocklistPoller({ ...options, blocklist: this });
    this.#timers = options.timers;
    this.#periodMs = options.config.blocklist_poll;
  }

  /** Polls once, then every `blocklist_poll`. */
  async start(): Promise<void> {
    await this.pollNow();
    this.#timer = this.#timers.every(this.#periodMs, () => void this.pollNow());
  }

  async stop(): Promise<void> {
    this.#timer?.stop();
    this.#stopped.abort(new Error('blocklist stopped'));
    await this.#running;
  }

  /** Polls, or waits for the poll under way. Never rejects. */
  pollNow(): Promise<void> {
    this.#running ??= this.#poller
      .poll(this.#stopped.signal)
      .catch(() => undefined)
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }
}

/** A blocklist over `store`; nothing is read before `start`. */
export function createBlocklist(options: CreateBlocklistOptions): PolledBlocklist {
  return new PolledBlocklist(options);
}
