/** How receivers hand spans to the distributor. */
import type { TenantId } from './tenant.ts';

/** One received export request, already OTLP protobuf whatever the protocol it came by. */
export interface ReceivedSpans {
  readonly tenant: TenantId;
  /** A serialized ExportTraceServiceRequest; the sink may keep slices of it. */
  readonly request: Uint8Array;
  /** The sender asked that no metrics be generated from these spans. */
  readonly skipMetricsGeneration: boolean;
}

/** Takes spans. */
export interface SpanSink {
  /**
   * Resolves when the spans are durable in a quorum of ingesters.
   *
   * Rejects with `IngestError` (packages/ports ingest-error.ts); every other rejection is a bug and
   * is answered as a retryable failure.
   */
  push(spans: ReceivedSpans, signal: AbortSignal): Promise<void>;
}
