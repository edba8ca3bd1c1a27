/**
 * Where jobs wait to be run: a bounded queue per tenant, tenants taking turns, so that a tenant with
 * thousands of jobs delays another one's by a single job.
 */
import { QueryError, type TenantId } from '@tempo-ts/ports';
import type { Clock } from '@tempo-ts/runtime';
import type { QueryFrontendMetrics } from './metrics.ts';

export interface JobQueueOptions {
  /** Most jobs of one tenant that wait; `query_frontend.max_outstanding_per_tenant`. */
  readonly capacityPerTenant: number;
  /** Most jobs that run at once. */
  readonly concurrency: number;
  readonly clock: Clock;
  readonly metrics: Pick<
    QueryFrontendMetrics,
    'queueLength' | 'queueDuration' | 'discardedRequests'
  >;
}

type Start = () => void;

/** Runs jobs, a bounded number at a time. */
export class JobQueue {
  readonly #options: JobQueueOptions;
  /** Tenants with waiting jobs; the first one is next. Each set is in order of arrival. */
  readonly #waiting = new Map<TenantId, Set<Start>>();
  #running = 0;

  constructor(options: JobQueueOptions) {
    this.#options = options;
  }

  /**
   * Runs `job` when it is its turn.
   *
   * @throws QueryError `exhausted` when too many jobs of the tenant wait, the signal's reason when
   * it is aborted before the job began.
   */
  async run<T>(tenant: TenantId, job: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const { clock, metrics, concurrency } = this.#options;
    const arrivedMs = clock.monotonicMs();
    if (this.#running >= concurrency || this.#waiting.size > 0) await this.#wait(tenant, signal);
    else this.#running += 1;
    metrics.queueDuration.observe({}, (clock.monotonicMs() - arrivedMs) / 1000);
    try {
      return await job();
    } finally {
      this.#running -= 1;
      this.#startNext();
    }
  }

  /** Resolves when the job was counted as running. */
  #wait(tenant: TenantId, signal: AbortSignal): Promise<void> {
    const { capacityPerTenant, metrics } = this.#options;
    const queue = this.#waiting.get(tenant) ?? new Set<Start>();
    if (queue.size >= capacityPerTenant) {
      metrics.discardedRequests.inc({ user: tenant });
      throw new QueryError('exhausted', 'job queue full');
    }
    return new Promise((resolve, reject) => {
      const cancel = () => {
        this.#remove(tenant, queue, start);
        reject(signal.reason as Error);
      };
      const start: Start = () => {
        signal.removeEventListener('abort', cancel);
        resolve();
      };
      queue.add(start);
      this.#waiting.set(tenant, queue);
      metrics.queueLength.set({ user: tenant }, queue.size);
      signal.addEventListener('abort', cancel, { once: true });
    });
  }

  #startNext(): void {
    while (this.#running < this.#options.concurrency) {
      const next = this.#waiting.entries().next().value;
      if (!next) return;
      const [tenant, queue] = next;
      const start = queue.values().next().value!;
      this.#waiting.delete(tenant); // to the end of the line, if anything is left
      this.#remove(tenant, queue, start);
      if (queue.size > 0) this.#waiting.set(tenant, queue);
      this.#running += 1;
      start();
    }
  }

  #remove(tenant: TenantId, queue: Set<Start>, start: Start): void {
    queue.delete(start);
    if (queue.size === 0) {
      this.#waiting.delete(tenant);
      this.#options.metrics.queueLength.remove({ user: tenant });
    } else this.#options.metrics.queueLength.set({ user: tenant }, queue.size);
  }
}
