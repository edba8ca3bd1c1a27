/**
 * The debugging aids that look into spans: one log line per received or discarded span, and a counter
 * by name and service. Requests are decoded for them only while one of them is enabled.
 */
import { fromBinary, type DescEnum } from '@bufbuild/protobuf';
import { trace as otlp, traceService, type common } from '@tempo-ts/contracts';
import { bytesToHex } from '@tempo-ts/otlp';
import type { TenantId } from '@tempo-ts/ports';
import type { CounterMetric, LogFields, Logger } from '@tempo-ts/telemetry';
import { attributeText } from './attribute-text.ts';
import type { DistributorConfig, SpanLogConfig } from './config.ts';

/** Most combinations of tenant, name and service that are counted; others share one. */
const MAX_DEBUG_SERIES = 10_000;
const OVERFLOW = '__overflow__';

export interface SpanInspectionOptions {
  readonly config: DistributorConfig;
  readonly logger: Logger;
  readonly debugSpansReceived: CounterMetric;
}

export class SpanInspection {
  readonly #config: DistributorConfig;
  readonly #logger: Logger;
  readonly #counter: CounterMetric;
  readonly #debugSeries = new Set<string>();

  constructor(options: SpanInspectionOptions) {
    this.#config = options.config;
    this.#logger = options.logger;
    this.#counter = options.debugSpansReceived;
  }

  /** Logs and counts the spans of a request that passed the rate limit, as configured. */
  received(tenant: TenantId, request: Uint8Array): void {
    const { log_received_spans: log, metric_received_spans: metric } = this.#config;
    if (!log.enabled && !metric.enabled) return;
    for (const batch of decodeBatches(request)) {
      if (log.enabled) this.#logBatch('received', { tenant }, batch, log);
      if (metric.enabled) this.#countBatch(tenant, batch, metric.root_only);
    }
  }

  /** Logs the spans of a refused request or piece, as configured. */
  discarded(tenant: TenantId, bytes: Uint8Array, reason: string): void {
    const log = this.#config.log_discarded_spans;
    if (!log.enabled) return;
    for (const batch of decodeBatches(bytes))
      this.#logBatch('discarded', { tenant, reason }, batch, log);
  }

  #logBatch(message: string, fields: LogFields, batch: otlp.ResourceSpans, log: SpanLogConfig) {
    const attributes = log.include_all_attributes
      ? attributeFields(batch.resource?.attributes ?? [])
      : {};
    for (const scope of batch.scopeSpans)
      for (const span of scope.spans) {
        const isError = span.status?.code === otlp.Status_StatusCode.ERROR;
        if (log.filter_by_status_error && !isError) continue;
        if (!isSampled(span.traceId, log.log_sampling_fraction)) continue;
        const details = log.include_all_attributes ? spanFields(span) : {};
        this.#logger.info(message, { ...fields, ...idFields(span), ...attributes, ...details });
      }
  }

  #countBatch(tenant: TenantId, batch: otlp.ResourceSpans, isRootOnly: boolean): void {
    const service = serviceName(batch.resource?.attributes ?? []);
    for (const scope of batch.scopeSpans)
      for (const span of scope.spans) {
        if (isRootOnly && span.parentSpanId.length > 0) continue;
        this.#counter.inc(this.#debugLabels(tenant, span.name, service));
      }
  }

  #debugLabels(tenant: TenantId, name: string, service: string) {
    const key = JSON.stringify([tenant, name, service]);
    if (!this.#debugSeries.has(key)) {
      if (this.#debugSeries.size >= MAX_DEBUG_SERIES)
        return { tenant: OVERFLOW, name: OVERFLOW, service: OVERFLOW };
      this.#debugSeries.add(key);
    }
    return { tenant, name, service };
  }
}

/** Empty when the bytes cannot be decoded: what is wrong with them is told elsewhere. */
function decodeBatches(bytes: Uint8Array): readonly otlp.ResourceSpans[] {
  try {
    return fromBinary(traceService.ExportTraceServiceRequestSchema, bytes).resourceSpans;
  } catch {
    return [];
  }
}

/** Whole traces are logged or not: the last four bytes of the id decide. */
function isSampled(traceId: Uint8Array, fraction: number): boolean {
  if (fraction >= 1) return true;
  let number = 0;
  for (const byte of traceId.subarray(-4)) number = number * 256 + byte;
  return number / 2 ** 32 < fraction;
}

function idFields(span: otlp.Span): LogFields {
  return { spanid: bytesToHex(span.spanId), traceid: bytesToHex(span.traceId) };
}

function spanFields(span: otlp.Span): LogFields {
  const durationNanos = BigInt.asIntN(64, span.endTimeUnixNano - span.startTimeUnixNano);
  return {
    ...attributeFields(span.attributes),
    span_name: span.name,
    span_duration_seconds: Number(durationNanos) / 1e9,
    span_kind: enumName(otlp.Span_SpanKindSchema, span.kind),
    span_status: enumName(otlp.Status_StatusCodeSchema, span.status?.code ?? 0),
  };
}

function enumName(descriptor: DescEnum, value: number): string {
  return descriptor.value[value]?.name ?? String(value);
}

/** Attributes as `span_<key>`, characters that a label cannot have replaced. */
function attributeFields(attributes: readonly common.KeyValue[]): LogFields {
  return Object.fromEntries(
    attributes.map((attribute) => [
      `span_${attribute.key.replace(/[^a-zA-Z0-9_]/g, '_')}`,
      attributeText(attribute.value),
    ]),
  );
}

function serviceName(attributes: readonly common.KeyValue[]): string {
  const found = attributes.find((attribute) => attribute.key === 'service.name');
  return attributeText(found?.value);
}
