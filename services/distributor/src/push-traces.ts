/**
 * What happens to a received request, in Tempo's order: counted, held against the tenant's rate,
 * logged, cut to the attribute limit and into pieces per trace, written to ingesters.
 */
import {
  InvalidOtlpError,
  countSpans,
  regroupByTrace,
  type RegroupedRequest,
  type TracePiece,
} from '@tempo-ts/otlp';
import type { DiscardReason } from '@tempo-ts/overrides';
import { IngestError, type PieceOutcome, type ReceivedSpans, type TenantId } from '@tempo-ts/ports';
import type { DistributorConfig, IngestionOverrides } from './config.ts';
import type { InflightBytes } from './inflight-bytes.ts';
import type { IngestionRateLimiter } from './ingestion-rate-limiter.ts';
import type { SpanInspection } from './log-received-spans.ts';
import type { DistributorMetrics } from './metrics.ts';
import type { IngesterWriter } from './send-to-ingesters.ts';

export interface PushTracesOptions {
  readonly config: DistributorConfig;
  readonly overrides: IngestionOverrides;
  readonly rateLimiter: IngestionRateLimiter;
  readonly inspection: SpanInspection;
  readonly inflight: InflightBytes;
  readonly ingesters: IngesterWriter;
  readonly metrics: DistributorMetrics;
}

export class PushTraces {
  readonly #options: PushTracesOptions;

  constructor(options: PushTracesOptions) {
    this.#options = options;
  }

  /**
   * Takes a request. When it resolves, its spans are durable, apart from traces over a limit of the
   * ingester: those are counted and logged, the sender is not told (as in Tempo).
   *
   * @throws IngestError; then nothing of the request was stored, or the ingester could not tell.
   */
  async push(spans: ReceivedSpans): Promise<void> {
    const { metrics } = this.#options;
    const { tenant, request } = spans;
    metrics.ingressBytes.inc({ tenant }, request.length);
    const spanCount = this.#countSpans(tenant, request);
    if (spanCount === 0) return;
    this.#checkRate(tenant, request, spanCount);
    try {
      await this.#options.inflight.hold(request.length, (holdMore) =>
        this.#regroupAndWrite(spans, spanCount, holdMore),
      );
    } catch (error) {
      if (!(error instanceof IngestError && error.code === 'invalid'))
        metrics.rejectedSpans.inc({ reason: 'unavailable', tenant }, spanCount);
      throw error;
    }
  }

  async #regroupAndWrite(
    { tenant, request }: ReceivedSpans,
    spanCount: number,
    holdMore: (byteLength: number) => void,
  ): Promise<void> {
    const { metrics } = this.#options;
    metrics.bytesReceived.inc({ tenant }, request.length);
    metrics.spansReceived.inc({ tenant }, spanCount);
    this.#options.inspection.received(tenant, request);
    const regrouped = this.#regroup(tenant, request, spanCount);
    holdMore(regrouped.byteLength);
    metrics.tracesPerBatch.observe({}, regrouped.pieces.length);
    this.#countTruncated(tenant, regrouped);
    const outcomes = await this.#options.ingesters.write(tenant, regrouped.pieces);
    this.#countOutcomes(tenant, regrouped.pieces, outcomes);
  }

  #countSpans(tenant: TenantId, request: Uint8Array): number {
    try {
      return countSpans(request);
    } catch (error) {
      throw this.#refuseInvalid(error, tenant, request, 0);
    }
  }

  #checkRate(tenant: TenantId, request: Uint8Array, spanCount: number): void {
    const { config, overrides, rateLimiter } = this.#options;
    const { ingestion } = overrides.limits(tenant);
    const hasRetryInfo =
      config.retry_after_on_resource_exhausted > 0 && ingestion.retry_info_enabled;
    const retryAfterMs = hasRetryInfo ? config.retry_after_on_resource_exhausted : undefined;
    const refusal = rateLimiter.take(tenant, request.length, retryAfterMs);
    if (!refusal) return;
    this.#discard(tenant, 'rate_limited', spanCount, [request]);
    throw refusal;
  }

  #regroup(tenant: TenantId, request: Uint8Array, spanCount: number): RegroupedRequest {
    const { config, overrides } = this.#options;
    const ownLimit = overrides.limits(tenant).ingestion.max_attribute_bytes;
    try {
      return regroupByTrace(request, {
        maxAttributeBytes: ownLimit > 0 ? ownLimit : config.max_attribute_bytes,
        maxTotalBytes: config.max_inflight_push_bytes,
      });
    } catch (error) {
      throw this.#refuseInvalid(error, tenant, request, spanCount);
    }
  }

  /** The refusal of a request that is not acceptable OTLP; other errors as they are. */
  #refuseInvalid(
    error: unknown,
    tenant: TenantId,
    request: Uint8Array,
    spanCount: number,
  ): unknown {
    if (!(error instanceof InvalidOtlpError)) return error;
    const { metrics, inspection } = this.#options;
    if (error.code === 'invalid_trace_id' || error.code === 'invalid_span_id')
      this.#discard(tenant, error.code, spanCount, [request]);
    else {
      metrics.rejectedSpans.inc({ reason: error.code, tenant }, spanCount);
      inspection.discarded(tenant, request, error.code);
    }
    return new IngestError('invalid', error.message, { cause: error });
  }

  #countTruncated(tenant: TenantId, { truncatedAttributes }: RegroupedRequest): void {
    for (const [scope, count] of Object.entries(truncatedAttributes))
      if (count > 0) this.#options.metrics.attributesTruncated.inc({ tenant, scope }, count);
  }

  #countOutcomes(
    tenant: TenantId,
    pieces: readonly TracePiece[],
    outcomes: readonly PieceOutcome[],
  ): void {
    outcomes.forEach((outcome, position) => {
      const piece = pieces[position]!;
      if (outcome !== 'accepted') this.#discard(tenant, outcome, piece.spanCount, piece.slices);
    });
  }

  #discard(
    tenant: TenantId,
    reason: DiscardReason,
    spanCount: number,
    slices: readonly Uint8Array[],
  ): void {
    const { metrics, inspection, config } = this.#options;
    metrics.discardedSpans.count(reason, tenant, spanCount);
    metrics.rejectedSpans.inc({ reason, tenant }, spanCount);
    if (config.log_discarded_spans.enabled)
      inspection.discarded(tenant, Buffer.concat(slices), reason);
  }
}
