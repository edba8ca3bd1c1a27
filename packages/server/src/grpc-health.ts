/** The standard gRPC health service: what probes and load balancers ask of the gRPC port. */
import { create } from '@bufbuild/protobuf';
import { health } from '@tempo-ts/contracts';
import { grpcService, type GrpcService } from './grpc-service.ts';

/** Watchers beyond this many are refused: each holds a stream for as long as it likes. */
const MAX_WATCHERS = 1_000;

/** The health of a process. Like Tempo's, it is one answer for all services of the process. */
export class GrpcHealth {
  readonly #watchers = new Set<() => void>();
  #isServing = false;
  #isClosed = false;

  /** Changes the answer and tells the watchers. */
  setServing(isServing: boolean): void {
    if (this.#isServing === isServing) return;
    this.#isServing = isServing;
    this.#notify();
  }

  /** Not serving any more, for good: ends the watchers' streams after telling them. */
  close(): void {
    this.#isServing = false;
    this.#isClosed = true;
    this.#notify();
  }

  /** `grpc.health.v1.Health`. */
  get service(): GrpcService {
    return grpcService(health.Health, {
      check: async () => this.#response(),
      watch: (_request, context) => this.#watch(context.signal),
    });
  }

  async *#watch(signal: AbortSignal): AsyncGenerator<health.HealthCheckResponse> {
    let told: boolean | undefined;
    for (;;) {
      if (told !== this.#isServing) {
        told = this.#isServing;
        yield this.#response();
      }
      if (this.#isClosed || this.#watchers.size >= MAX_WATCHERS) return;
      if (told === this.#isServing) await this.#changed(signal);
      if (signal.aborted) return;
    }
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#watchers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#watchers.add(wake);
      signal.addEventListener('abort', wake, { once: true });
      if (signal.aborted) wake();
    });
  }

  #notify(): void {
    for (const wake of this.#watchers) wake();
  }

  #response(): health.HealthCheckResponse {
    const { SERVING, NOT_SERVING } = health.HealthCheckResponse_ServingStatus;
    return create(health.HealthCheckResponseSchema, {
      status: this.#isServing ? SERVING : NOT_SERVING,
    });
  }
}
