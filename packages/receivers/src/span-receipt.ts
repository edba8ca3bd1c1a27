/**
 * What is the same for every protocol once a request is OTLP protobuf: whose it is, how many spans it
 * holds, handing it to the sink, and counting what became of it.
 */
import { countSpans, InvalidOtlpError } from '@tempo-ts/otlp';
import { IngestError, type SpanSink } from '@tempo-ts/ports';
import type { TenantResolver } from '@tempo-ts/server';
import type { BoundCounter, MetricsRegistry } from '@tempo-ts/telemetry';

/** Name of the header and the metadata key that ask for no metrics, whatever the value. */
export const NO_GENERATE_METRICS = 'no-generate-metrics';

export interface SpanReceiptOptions {
  /** Value of the `receiver` label: `otlp/otlp_receiver`. */
  readonly receiver: string;
  readonly transport: 'grpc' | 'http' | 'udp';
  readonly tenants: TenantResolver;
  readonly metrics: MetricsRegistry;
}

/** A serialized ExportTraceServiceRequest and what its transport said about it. */
export interface SpanRequest {
  readonly request: Uint8Array;
  /** `X-Scope-OrgID` as received. */
  readonly tenantHeader: string | undefined;
  readonly skipMetricsGeneration: boolean;
  /** Aborted when the sender does not wait for the answer any more. */
  readonly signal: AbortSignal;
}

/** Gives requests to a sink. */
export class SpanReceipt {
  readonly #sink: SpanSink;
  readonly #tenants: TenantResolver;
  readonly #accepted: BoundCounter;
  readonly #refused: BoundCounter;

  constructor(sink: SpanSink, options: SpanReceiptOptions) {
    this.#sink = sink;
    this.#tenants = options.tenants;
    const series = { receiver: options.receiver, transport: options.transport };
    this.#accepted = receiverCounter(options.metrics, 'accepted').labels(series);
    this.#refused = receiverCounter(options.metrics, 'refused').labels(series);
  }

  /**
   * Resolves when the spans are durable; a request without spans is taken at once, whoever sent it.
   * Rejects with IngestError or TenantError; every other rejection is a fault of ours.
   */
  async take(received: SpanRequest): Promise<void> {
    const { request, tenantHeader, skipMetricsGeneration, signal } = received;
    const spanCount = countOrRefuse(request);
    if (spanCount === 0) return;
    try {
      const tenant = this.#tenants.single(tenantHeader);
      await this.#sink.push({ tenant, request, skipMetricsGeneration }, signal);
    } catch (error) {
      this.#refused.inc(spanCount);
      throw asIngestError(error);
    }
    this.#accepted.inc(spanCount);
  }
}

/** Tempo's names, which have no `_total`. */
function receiverCounter(metrics: MetricsRegistry, outcome: 'accepted' | 'refused') {
  const fate = outcome === 'accepted' ? 'handed on' : 'not handed on because of an error';
  return metrics.counter({
    name: `tempo_receiver_${outcome}_spans`,
    help: `Spans received and ${fate}.`,
    labels: ['receiver', 'transport'],
  });
}

function countOrRefuse(request: Uint8Array): number {
  try {
    return countSpans(request);
  } catch (error) {
    throw asIngestError(error);
  }
}

/** Malformed spans are the sender's mistake, wherever they are found out. */
function asIngestError(error: unknown): unknown {
  return error instanceof InvalidOtlpError
    ? new IngestError('invalid', error.message, { cause: error })
    : error;
}
