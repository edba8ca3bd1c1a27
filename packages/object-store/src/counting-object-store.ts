/** Measures each request to a store under the names of Tempo's dashboards. */
import type { Clock } from '@tempo-ts/runtime';
import type { CounterMetric, HistogramMetric, MetricsRegistry } from '@tempo-ts/telemetry';
import { ObjectNotFoundError, ObjectRangeError } from './errors.ts';
import type { ByteRange, ObjectListing, ObjectStore, ObjectWriter } from './object-store.ts';

type Operation = 'GET' | 'PUT' | 'DELETE';

/** Seconds. */
const REQUEST_BUCKETS = [0.005, 0.02, 0.08, 0.32, 1.28, 5.12];

/** A decorator that observes duration and outcome of every request and counts bytes. */
export class CountingObjectStore implements ObjectStore {
  readonly #store: ObjectStore;
  readonly #clock: Clock;
  readonly #durations: HistogramMetric;
  readonly #bytes: CounterMetric;

  constructor(
    store: ObjectStore,
    options: { readonly clock: Clock; readonly metrics: MetricsRegistry },
  ) {
    this.#store = store;
    this.#clock = options.clock;
    this.#durations = options.metrics.histogram({
      name: 'tempodb_backend_request_duration_seconds',
      help: 'Time spent doing backend storage requests.',
      labels: ['operation', 'status_code'],
      buckets: REQUEST_BUCKETS,
    });
    this.#bytes = options.metrics.counter({
      name: 'tempodb_backend_request_bytes_total',
      help: 'Bytes read from and written to backend storage.',
      labels: ['operation'],
    });
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#observe('PUT', '200', () => this.#store.put(key, bytes));
    this.#bytes.inc({ operation: 'PUT' }, bytes.length);
  }

  async openWriter(key: string): Promise<ObjectWriter> {
    const writer = await this.#store.openWriter(key);
    return {
      append: async (bytes) => {
        await this.#observe('PUT', '200', () => writer.append(bytes));
        this.#bytes.inc({ operation: 'PUT' }, bytes.length);
      },
      commit: () => this.#observe('PUT', '200', () => writer.commit()),
      abort: () => writer.abort(),
    };
  }

  async get(key: string, signal?: AbortSignal): Promise<Uint8Array> {
    const bytes = await this.#observe('GET', '200', () => this.#store.get(key, signal), signal);
    this.#bytes.inc({ operation: 'GET' }, bytes.length);
    return bytes;
  }

  async getRange(key: string, range: ByteRange, signal?: AbortSignal): Promise<Uint8Array> {
    const read = () => this.#store.getRange(key, range, signal);
    const bytes = await this.#observe('GET', '206', read, signal);
    this.#bytes.inc({ operation: 'GET' }, bytes.length);
    return bytes;
  }

  list(
    prefix: string,
    options: { readonly delimiter?: '/'; readonly signal?: AbortSignal } = {},
  ): Promise<ObjectListing> {
    return this.#observe('GET', '200', () => this.#store.list(prefix, options), options.signal);
  }

  delete(key: string): Promise<void> {
    return this.#observe('DELETE', '204', () => this.#store.delete(key));
  }

  move(sourceKey: string, targetKey: string): Promise<void> {
    return this.#observe('PUT', '200', () => this.#store.move(sourceKey, targetKey));
  }

  async #observe<T>(
    operation: Operation,
    success: string,
    request: () => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const startMs = this.#clock.monotonicMs();
    let statusCode = success;
    try {
      return await request();
    } catch (error) {
      statusCode = failureStatus(error, signal);
      throw error;
    } finally {
      const seconds = (this.#clock.monotonicMs() - startMs) / 1000;
      this.#durations.observe({ operation, status_code: statusCode }, seconds);
    }
  }
}

function failureStatus(error: unknown, signal: AbortSignal | undefined): string {
  if (signal?.aborted) return '499';
  if (error instanceof ObjectNotFoundError) return '404';
  return error instanceof ObjectRangeError ? '416' : '500';
}
