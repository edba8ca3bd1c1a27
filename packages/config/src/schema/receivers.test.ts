import { describe, expect, it } from '@jest/globals';
import { loadText, LOCAL_STORAGE, problemsOf } from '../testing/load-text.ts';
import { effectiveReceivers, otlpReceivers } from './receivers.ts';

const load = (receivers: string) =>
  loadText(`${LOCAL_STORAGE}distributor: {receivers: ${receivers}}\n`);

describe('distributor.receivers', () => {
  it('a protocol named without a value has its defaults, others are not started', () => {
    const { config, warnings } = load('{otlp: {protocols: {http: }}}');
    const { otlp } = config.distributor.receivers;
    expect(otlp?.protocols.grpc).toBeUndefined();
    expect(otlp?.protocols.http).toMatchObject({
      endpoint: 'localhost:4318',
      traces_url_path: '/v1/traces',
      max_request_body_size: 0,
      cors: undefined,
    });
    expect(warnings).toEqual([]);
  });

  it('the settings of the collector are read', () => {
    const { config } = load(
      '{otlp: {protocols: {grpc: {endpoint: "0.0.0.0:4317", max_recv_msg_size_mib: 16, keepalive: {server_parameters: {max_connection_age: 1m}}}, http: {cors: {allowed_origins: ["https://*.example.com"], allowed_headers: ["*"], max_age: 7200}, response_headers: {X-A: b}}}}}',
    );
    const { grpc, http } = config.distributor.receivers.otlp!.protocols;
    expect(grpc).toMatchObject({
      endpoint: '0.0.0.0:4317',
      max_recv_msg_size_mib: 16,
      keepalive: { server_parameters: { max_connection_age: 60_000, time: 0 } },
    });
    expect(http?.cors).toEqual({
      allowed_origins: ['https://*.example.com'],
      allowed_headers: ['*'],
      exposed_headers: [],
      max_age: 7200,
    });
  });

  it('a kind may be configured several times under names', () => {
    const { config } = load(
      '{otlp: {protocols: {grpc: }}, otlp/second: {protocols: {http: {endpoint: "a:1"}}}}',
    );
    expect(otlpReceivers(config.distributor.receivers).map(({ id }) => id)).toEqual([
      'otlp',
      'otlp/second',
    ]);
  });

  it('other receivers of Tempo are accepted with a warning', () => {
    const yaml =
      '{jaeger: {protocols: {grpc: , thrift_compact: }}, zipkin: , kafka: {brokers: [a]}, opencensus: }';
    expect(load(yaml).warnings.map(({ path }) => path)).toEqual([
      'distributor.receivers.jaeger',
      'distributor.receivers.zipkin',
      'distributor.receivers.kafka',
      'distributor.receivers.opencensus',
    ]);
  });

  it('receivers nobody knows and misspelt settings are refused', () => {
    expect(problemsOf(() => load('{oltp: }'))).toEqual([
      'tempo.yaml:2:27: distributor.receivers.oltp: unknown key, did you mean `distributor.receivers.otlp`?',
    ]);
    expect(problemsOf(() => load('{otlp: {protocols: {gprc: }}}'))).toEqual([
      'tempo.yaml:2:46: distributor.receivers.otlp.protocols.gprc: unknown key, did you mean `distributor.receivers.otlp.protocols.grpc`?',
    ]);
  });

  it("none configured: Tempo's default ones", () => {
    expect(effectiveReceivers({}).otlp?.protocols.grpc?.endpoint).toBe('localhost:4317');
    expect(Object.keys(effectiveReceivers({}))).toEqual(['jaeger', 'otlp']);
    expect(otlpReceivers({})).toHaveLength(1);
  });
});
