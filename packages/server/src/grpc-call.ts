/** Between grpc-js's calls and our handlers: the context of a call, its metrics, its status. */
import type { EventEmitter } from 'node:events';
import { Metadata, type ServerDuplexStream, type ServerReadableStream } from '@grpc/grpc-js';
import type { ServerUnaryCall, ServerWritableStream, StatusObject } from '@grpc/grpc-js';
import type { Clock } from '@tempo-ts/runtime';
import type { Logger } from '@tempo-ts/telemetry';
import { answerToError, type CallerSide } from './error-mapping.ts';
import { GRPC_STATUS, grpcCodeName, type GrpcStatusCode } from './errors.ts';
import type { GrpcCallContext } from './grpc-service.ts';
import { GRPC_METHOD_LABEL, type RequestObserver } from './request-metrics.ts';

/** Any of grpc-js's views of a call. */
export type ServerCall<I = unknown, O = unknown> =
  | ServerUnaryCall<I, O>
  | ServerReadableStream<I, O>
  | ServerWritableStream<I, O>
  | ServerDuplexStream<I, O>;

export interface CallEnvironment {
  readonly metrics: RequestObserver;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Whether callers send data or ask questions: decides how our own faults look to them. */
  readonly side: CallerSide;
  /** Codes by name in the status_code label, instead of success, error and cancel. */
  readonly reportsCodes: boolean;
}

/** One running call: begun when its handler is called, settled exactly once. */
export class RunningCall {
  readonly context: GrpcCallContext;
  readonly #environment: CallEnvironment;
  readonly #path: string;
  readonly #startedMs: number;
  #abort: AbortController | undefined;
  #isSettled = false;
  #isCancelled = false;

  constructor(call: ServerCall, path: string, environment: CallEnvironment) {
    this.#environment = environment;
    this.#path = path;
    this.#startedMs = environment.clock.monotonicMs();
    environment.metrics.started(GRPC_METHOD_LABEL, path);
    // grpc-js emits 'cancelled' after every call, also after one that was answered.
    (call as EventEmitter).on('cancelled', () => {
      if (this.#isSettled) return;
      this.#isCancelled = true;
      this.#settle(GRPC_STATUS.cancelled);
      this.#abort?.abort();
    });
    this.context = contextOf(call, path, () => this.#signal());
  }

  /** True when the client has cancelled, or its deadline has passed, before the call was answered. */
  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** The call was answered. */
  succeeded(): void {
    this.#settle(GRPC_STATUS.ok);
  }

  /** The status to answer `error` with. */
  failed(error: unknown): Pick<StatusObject, 'code' | 'details' | 'metadata'> {
    const answer = answerToError(error, this.#environment.side);
    this.#settle(answer.grpcCode);
    if (answer.grpcCode === GRPC_STATUS.internal || answer.grpcCode === GRPC_STATUS.unknown)
      this.#environment.logger.error('call failed', { method: this.#path, error });
    const metadata = new Metadata();
    if (answer.statusDetails)
      metadata.set('grpc-status-details-bin', Buffer.from(answer.statusDetails));
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- GRPC_STATUS has the same numbers as grpc-js's enum
    return { code: answer.grpcCode, details: answer.message, metadata };
  }

  /** Made when it is asked for: most calls are answered before anybody looks. */
  #signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.#isCancelled) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  #label(code: GrpcStatusCode): string {
    if (this.#environment.reportsCodes) return grpcCodeName(code);
    if (code === GRPC_STATUS.ok) return 'success';
    return code === GRPC_STATUS.cancelled ? 'cancel' : 'error';
  }

  #settle(code: GrpcStatusCode): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    const durationMs = this.#environment.clock.monotonicMs() - this.#startedMs;
    this.#environment.metrics.ended(GRPC_METHOD_LABEL, this.#path, this.#label(code), durationMs);
  }
}

function contextOf(call: ServerCall, path: string, signal: () => AbortSignal): GrpcCallContext {
  const metadata = (key: string): string | undefined => {
    const values = call.metadata.get(key);
    return values.length === 0 ? undefined : values.map(String).join(',');
  };
  return {
    path,
    get signal() {
      return signal();
    },
    metadata,
    tenantHeader: metadata('x-scope-orgid'),
    get deadlineUnixMs() {
      const deadline = Number(call.getDeadline());
      return Number.isFinite(deadline) ? deadline : undefined;
    },
    get peer() {
      return call.getPeer();
    },
  };
}
