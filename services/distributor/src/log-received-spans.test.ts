import { create } from '@bufbuild/protobuf';
import { trace as otlp } from '@tempo-ts/contracts';
import { describe, expect, it } from '@jest/globals';
import { exportRequestBytes, idBytes, requestOf } from '@tempo-ts/otlp/testing';
import { TENANT, logging, startDistributor } from './testing/distributor-setup.ts';

const text = (value: string) => ({ value: { case: 'stringValue' as const, value } });
const failed = create(otlp.SpanSchema, {
  traceId: idBytes(16, 1),
  spanId: idBytes(8, 2),
  parentSpanId: idBytes(8, 1),
  name: 'pay',
  kind: otlp.Span_SpanKind.SERVER,
  startTimeUnixNano: 1_000_000_000n,
  endTimeUnixNano: 3_500_000_000n,
  status: { code: otlp.Status_StatusCode.ERROR },
  attributes: [
    { key: 'http.route', value: text('/pay') },
    { key: 'codes', value: { value: { case: 'arrayValue', value: { values: [text('a')] } } } },
    { key: 'empty' },
  ],
});
const fine = create(otlp.SpanSchema, {
  traceId: idBytes(16, 2),
  spanId: idBytes(8, 3),
  name: 'get',
});
const REQUEST = exportRequestBytes(requestOf([failed, fine]));
const ids = (one: otlp.Span) => ({
  spanid: Buffer.from(one.spanId).toString('hex'),
  traceid: Buffer.from(one.traceId).toString('hex'),
});

describe('log_received_spans', () => {
  it('is silent unless enabled', async () => {
    const { push, lines } = await startDistributor();
    await push(REQUEST);
    expect(lines).toEqual([]);
  });

  it('writes one line per span with its ids in hex', async () => {
    const { push, lines } = await startDistributor({
      config: { log_received_spans: logging(true) },
    });
    await push(REQUEST);
    expect(lines).toEqual([
      { message: 'received', fields: { tenant: TENANT, ...ids(failed) } },
      { message: 'received', fields: { tenant: TENANT, ...ids(fine) } },
    ]);
  });

  it('with all attributes adds those of resource and span, name, kind, status and duration', async () => {
    const { push, lines } = await startDistributor({
      config: {
        log_received_spans: logging(true, {
          include_all_attributes: true,
          filter_by_status_error: true,
        }),
      },
    });
    await push(REQUEST);
    expect(lines).toEqual([
      {
        message: 'received',
        fields: {
          tenant: TENANT,
          ...ids(failed),
          span_service_name: 'shop',
          span_http_route: '/pay',
          span_codes: '{"arrayValue":{"values":[{"stringValue":"a"}]}}',
          span_empty: '',
          span_name: 'pay',
          span_duration_seconds: 2.5,
          span_kind: 'SPAN_KIND_SERVER',
          span_status: 'STATUS_CODE_ERROR',
        },
      },
    ]);
  });

  it('logs the configured part of the traces, whole traces each', async () => {
    const { push, lines } = await startDistributor({
      config: { log_received_spans: logging(true, { log_sampling_fraction: 0.25 }) },
      limits: () => ({ burst_size_bytes: 1e9 }),
    });
    const spans = Array.from({ length: 4096 }, (_, number) => {
      const traceId = idBytes(16, 1);
      new DataView(traceId.buffer).setUint32(12, (number >> 1) * 2 ** 21);
      return create(otlp.SpanSchema, { traceId, spanId: idBytes(8, 1 + (number & 1)) });
    });
    await push(exportRequestBytes(requestOf(spans)));
    expect(lines.length).toBe(1024);
    expect(new Set(lines.map((line) => line.fields['traceid'])).size).toBe(512);
  });
});

describe('log_discarded_spans', () => {
  it('names the reason, for whole requests and for single traces', async () => {
    const { push, pusher, lines, refusal } = await startDistributor({
      config: { log_discarded_spans: logging(true) },
      limits: () => ({ burst_size_bytes: REQUEST.length }),
    });
    pusher.outcomes = ['accepted', 'trace_too_large'];
    await push(REQUEST);
    await refusal(exportRequestBytes(requestOf([failed])));
    expect(lines).toEqual([
      { message: 'discarded', fields: { tenant: TENANT, reason: 'trace_too_large', ...ids(fine) } },
      { message: 'discarded', fields: { tenant: TENANT, reason: 'rate_limited', ...ids(failed) } },
    ]);
  });
});

describe('metric_received_spans', () => {
  it('counts spans by name and service, or root spans only', async () => {
    const name = 'tempo_distributor_debug_spans_received_total';
    const all = await startDistributor({
      config: { metric_received_spans: { enabled: true, root_only: false } },
    });
    await all.push(REQUEST);
    const labels = { tenant: TENANT, service: 'shop' };
    expect(await all.metrics.value(name, { ...labels, name: 'pay' })).toBe(1);
    expect(await all.metrics.value(name, labels)).toBe(2);
    const roots = await startDistributor({
      config: { metric_received_spans: { enabled: true, root_only: true } },
    });
    await roots.push(REQUEST);
    expect(await roots.metrics.value(name, { ...labels, name: 'pay' })).toBe(0);
    expect(await roots.metrics.value(name, labels)).toBe(1);
  });
});
