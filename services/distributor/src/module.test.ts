import { clone, create, fromBinary } from '@bufbuild/protobuf';
import { tempopb, trace as otlp, type traceService } from '@tempo-ts/contracts';
import { describe, expect, it } from '@jest/globals';
import { bytesToHex } from '@tempo-ts/otlp';
import {
  arbitraryExportRequest,
  exportRequestBytes,
  idBytes,
  requestOf,
} from '@tempo-ts/otlp/testing';
import { IngestError, type SpanSink } from '@tempo-ts/ports';
import fc from 'fast-check';
import { TENANT, startDistributor } from './testing/distributor-setup.ts';

const span = (fields: Parameters<typeof create<typeof otlp.SpanSchema>>[1] = {}) =>
  create(otlp.SpanSchema, { traceId: idBytes(16, 1), spanId: idBytes(8, 1), ...fields });
const ONE_SPAN = exportRequestBytes(requestOf([span()]));
const TWO_TRACES = exportRequestBytes(
  requestOf([span(), span({ traceId: idBytes(16, 2) }), span({ spanId: idBytes(8, 2) })]),
);

const printable = (_key: string, value: unknown) =>
  typeof value === 'bigint' || typeof value === 'number' ? String(value) : value;

/** Every span with its resource and scope, as comparable text. */
function lines(resourceSpans: readonly otlp.ResourceSpans[]): string[] {
  return resourceSpans.flatMap((batch) =>
    batch.scopeSpans.flatMap((scope) =>
      scope.spans.map((one) => {
        const alone = clone(otlp.ScopeSpansSchema, { ...scope, spans: [one] });
        return JSON.stringify([batch.resource, batch.schemaUrl, alone], printable);
      }),
    ),
  );
}

const sentLines = (request: traceService.ExportTraceServiceRequest) =>
  lines(request.resourceSpans).toSorted();

describe('createDistributor', () => {
  it('what reaches the ingester is what was sent, one piece per trace', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryExportRequest({ maxSpans: 20 }), async (request) => {
        const { push, pusher } = await startDistributor();
        await push(exportRequestBytes(request));
        const [pushed] = pusher.requests;
        expect(pushed!.tenant).toBe(TENANT);
        const traces = pushed!.pieces.map((piece) =>
          fromBinary(tempopb.TraceSchema, new Uint8Array(Buffer.concat(piece.slices))),
        );
        expect(traces.flatMap((trace) => lines(trace.resourceSpans)).toSorted()).toEqual(
          sentLines(request),
        );
        const ids = pushed!.pieces.map((piece) => bytesToHex(piece.traceId));
        expect(new Set(ids).size).toBe(ids.length);
      }),
      { numRuns: 50 },
    );
  });

  it('counts bytes, spans, traces, appends and time of a push under the names of Tempo', async () => {
    const { push, metrics } = await startDistributor();
    await push(TWO_TRACES);
    const tenant = TENANT;
    const values = {
      tempo_distributor_ingress_bytes_total: TWO_TRACES.length,
      tempo_distributor_bytes_received_total: TWO_TRACES.length,
      tempo_distributor_spans_received_total: 3,
    };
    for (const [name, value] of Object.entries(values))
      expect([name, await metrics.value(name, { tenant })]).toEqual([name, value]);
    const appends = 'tempo_distributor_ingester_appends_total';
    expect(await metrics.value(appends, { ingester: 'ingester-0' })).toBe(1);
    expect(await metrics.value('tempo_distributor_ingester_clients')).toBe(1);
    expect(await metrics.value('tempo_distributor_inflight_push_bytes')).toBe(0);
    const text = await metrics.render();
    expect(text).toContain('tempo_distributor_traces_per_batch_sum 2');
    expect(text).toContain('tempo_distributor_push_duration_seconds_count 1');
    expect(text).toContain('tempo_distributor_push_duration_seconds_bucket{le="0.005"}');
  });

  it('a request without spans succeeds without reaching a limit or the ingester', async () => {
    const { push, pusher } = await startDistributor({ limits: () => ({ burst_size_bytes: 0 }) });
    await push(new Uint8Array(0));
    await push(exportRequestBytes(requestOf([])));
    expect(pusher.requests).toEqual([]);
  });

  it('malformed bytes and wrong ids refuse the whole request as invalid', async () => {
    const { refusal, pusher, metrics } = await startDistributor();
    const codeAndText = async (request: Uint8Array) => {
      const { code, message } = await refusal(request);
      return [code, message];
    };
    expect(await codeAndText(Uint8Array.of(0x0a, 4))).toEqual([
      'invalid',
      'invalid protobuf in TracesData at byte 1: length 4 exceeds the 0 bytes that follow',
    ]);
    const shortTrace = requestOf([span(), span({ traceId: idBytes(8, 1) })]);
    expect(await codeAndText(exportRequestBytes(shortTrace))).toEqual([
      'invalid',
      'trace ids must be 128 bit, received 64 bits',
    ]);
    expect(
      await codeAndText(exportRequestBytes(requestOf([span({ spanId: idBytes(7, 1) })]))),
    ).toEqual(['invalid', 'span ids must be 64 bit and not all zero, received 56 bits']);
    const named = exportRequestBytes(requestOf([span({ name: 'pay' })]));
    named[named.length - 1] = 0xff;
    expect(await codeAndText(named)).toEqual([
      'invalid',
      'invalid protobuf in Span at byte 70: a string is not valid UTF-8',
    ]);
    expect(pusher.requests).toEqual([]);
    for (const name of ['tempo_discarded_spans_total', 'tempo_distributor_spans_rejected_total'])
      expect([
        await metrics.value(name, { reason: 'invalid_trace_id', tenant: TENANT }),
        await metrics.value(name, { reason: 'invalid_span_id', tenant: TENANT }),
      ]).toEqual([2, 1]);
  });

  it('traces refused by the ingester are counted by reason and the sender has success', async () => {
    const { push, pusher, metrics } = await startDistributor();
    pusher.outcomes = ['trace_too_large', 'live_traces_exceeded'];
    await push(TWO_TRACES);
    for (const name of ['tempo_discarded_spans_total', 'tempo_distributor_spans_rejected_total'])
      expect([
        await metrics.value(name, { reason: 'trace_too_large', tenant: TENANT }),
        await metrics.value(name, { reason: 'live_traces_exceeded', tenant: TENANT }),
      ]).toEqual([2, 1]);
  });

  it('a failing ingester fails the push with its error and is counted', async () => {
    const { refusal, pusher, metrics } = await startDistributor();
    pusher.failure = new IngestError('unavailable', 'disk is full');
    expect(await refusal(ONE_SPAN)).toBe(pusher.failure);
    const failures = 'tempo_distributor_ingester_append_failures_total';
    expect(await metrics.value(failures, { ingester: 'ingester-0' })).toBe(1);
    expect(await metrics.value('tempo_distributor_inflight_push_bytes')).toBe(0);
  });

  it('attributes are cut to the limit of the tenant, else to that of the distributor', async () => {
    const long = requestOf(
      [
        span({
          attributes: [
            { key: 'k'.repeat(40), value: { value: { case: 'boolValue', value: true } } },
          ],
        }),
      ],
      'x'.repeat(25),
    );
    const lengths = async (own: number, tenants: number) => {
      const setup = await startDistributor({
        config: { max_attribute_bytes: own },
        limits: () => ({ max_attribute_bytes: tenants }),
      });
      await setup.push(exportRequestBytes(long));
      const bytes = Buffer.concat(setup.pusher.requests[0]!.pieces[0]!.slices);
      const [batch] = fromBinary(tempopb.TraceSchema, bytes).resourceSpans;
      const service = batch!.resource!.attributes[0]!.value!.value.value as string;
      const counted = 'tempo_distributor_attributes_truncated_total';
      return [
        service.length,
        batch!.scopeSpans[0]!.spans[0]!.attributes[0]!.key.length,
        await setup.metrics.value(counted, { tenant: TENANT, scope: 'resource' }),
        await setup.metrics.value(counted, { tenant: TENANT, scope: 'span' }),
      ];
    };
    expect(await lengths(30, 0)).toEqual([25, 30, 0, 1]);
    expect(await lengths(30, 20)).toEqual([20, 20, 1, 1]);
    expect(await lengths(0, 0)).toEqual([25, 40, 0, 0]);
  });

  it('bytes in flight are bounded: more is refused as unavailable until there is room', async () => {
    const setup = await startDistributor({
      config: { max_inflight_push_bytes: ONE_SPAN.length * 2 },
    });
    const gate = Promise.withResolvers<void>();
    setup.pusher.gate = gate.promise;
    const first = setup.push(ONE_SPAN);
    const refused = await setup.refusal(ONE_SPAN);
    expect([refused.code, refused.message]).toEqual([
      'unavailable',
      `${ONE_SPAN.length * 2} bytes of spans are on their way to ingesters; ${ONE_SPAN.length} more ` +
        `would exceed distributor.max_inflight_push_bytes ${ONE_SPAN.length * 2}`,
    ]);
    gate.resolve();
    await first;
    await setup.push(ONE_SPAN);
    const rejected = 'tempo_distributor_spans_rejected_total';
    expect(await setup.metrics.value(rejected, { reason: 'unavailable' })).toBe(1);
  });

  it('receivers start and stop with it, and stop() waits for what was accepted', async () => {
    const events: string[] = [];
    const sinks: SpanSink[] = [];
    const setup = await startDistributor({
      more: {
        receivers: ['otlp', 'zipkin'].map((name) => ({
          start: async (sink) => {
            events.push(`start ${name}`);
            sinks.push(sink);
          },
          stop: async () => void events.push(`stop ${name}`),
        })),
      },
    });
    expect(sinks).toEqual([setup.distributor, setup.distributor]);
    expect(setup.distributor.notReadyReason?.()).toBe(undefined);
    const gate = Promise.withResolvers<void>();
    setup.pusher.gate = gate.promise;
    const pushed = setup.push(ONE_SPAN).then(() => events.push('pushed'));
    const stopped = setup.distributor.stop().then(() => events.push('stopped'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual(['start otlp', 'start zipkin', 'stop zipkin', 'stop otlp']);
    gate.resolve();
    await Promise.all([pushed, stopped]);
    expect(setup.distributor.notReadyReason?.()).toBe('Distributor not ready: terminated');
    expect((await setup.refusal(ONE_SPAN)).code).toBe('unavailable');
  });

  it('artificial_delay of the tenant goes before that of the distributor; time spent counts', async () => {
    const setup = await startDistributor({
      config: { artificial_delay: 60_000 },
      limits: () => ({ artificial_delay: 1000 }),
    });
    let isDone = false;
    const pushed = setup.push(ONE_SPAN).then(() => (isDone = true));
    await new Promise((resolve) => setImmediate(resolve));
    setup.clock.advance(890);
    await new Promise((resolve) => setImmediate(resolve));
    expect(isDone).toBe(false);
    setup.clock.advance(220);
    await pushed;
    expect(await setup.metrics.render()).toContain(
      'tempo_distributor_added_latency_seconds_count 1',
    );
  });
});
