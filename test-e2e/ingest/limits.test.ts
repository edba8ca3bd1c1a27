/** Limits of tenants: what is refused or discarded, what the sender is told, what is counted. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  exportRequest,
  exportSpans,
  hex,
  postSpans,
  randomId,
  retryDelayMs,
  statusOf,
  type SpanInput,
} from '../harness/otlp.ts';
import { get } from '../harness/queries.ts';
import { TempoProcess } from '../harness/tempo-process.ts';

const RESOURCE_EXHAUSTED = 8;
const GENEROUS = { rate_limit_bytes: 1_000_000_000, burst_size_bytes: 1_000_000_000 };

/** The per-tenant file; an entry does not build on the defaults. */
const TENANTS = {
  slow: { ingestion: { rate_limit_bytes: 1, burst_size_bytes: 3_000, retry_info_enabled: true } },
  'few-traces': { ingestion: { ...GENEROUS, max_traces_per_user: 2 } },
  'small-traces': { ingestion: GENEROUS, global: { max_bytes_per_trace: 2_000 } },
  'short-values': { ingestion: { ...GENEROUS, max_attribute_bytes: 10 } },
};

let tempo: TempoProcess;
let folder: string;
let file: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tempo-ts-overrides-'));
  file = join(folder, 'overrides.yaml');
  writeOverrides(TENANTS);
  tempo = await TempoProcess.start({
    distributor: `  retry_after_on_resource_exhausted: 5s
  log_received_spans: { enabled: true, include_all_attributes: true }
  log_discarded_spans: { enabled: true }`,
    extraConfig: `multitenancy_enabled: true
overrides:
  per_tenant_override_config: ${file}
  per_tenant_override_period: 100ms`,
  });
});
afterAll(async () => {
  await tempo?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Replaces the file at once, as Kubernetes does. */
function writeOverrides(overrides: object): void {
  writeFileSync(`${file}.new`, JSON.stringify({ overrides }));
  renameSync(`${file}.new`, file);
}

const send = (tenant: string, spans: readonly SpanInput[]) =>
  postSpans(tempo.otlpHttpUrl, exportRequest(spans), { 'x-scope-orgid': tenant });

/** The value of one series of /metrics; 0 when it is not there. */
async function metric(series: string): Promise<number> {
  const { text } = await get(`${tempo.url}/metrics`);
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.slice(series.length + 1));
}

const discarded = (reason: string, tenant: string) =>
  metric(`tempo_discarded_spans_total{reason="${reason}",tenant="${tenant}"}`);

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('it did not come to that within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A request of about so many bytes. */
const ofBytes = (bytes: number): readonly SpanInput[] => [
  { attributes: { note: 'x'.repeat(bytes) } },
];

describe('the rate of a tenant', () => {
  it('is refused over it, with the time to wait in both protocols', async () => {
    expect((await send('slow', ofBytes(2_000))).status).toBe(200);
    const answer = await send('slow', [...ofBytes(1_500), {}]);
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(retryDelayMs(answer.body)).toBe(5_000);
    expect(statusOf(answer.body)).toEqual({
      code: RESOURCE_EXHAUSTED,
      message: expect.stringMatching(
        /^RATE_LIMITED: ingestion rate limit \(local: 1 bytes\/s, global: 0 bytes\/s, burst: 3000 bytes\) exceeded while adding \d+ bytes for user slow\. /,
      ),
    });
    const overGrpc = await exportSpans(tempo.ports.otlpGrpc, exportRequest(ofBytes(1_500)), {
      'x-scope-orgid': 'slow',
    });
    expect(overGrpc.code).toBe(RESOURCE_EXHAUSTED);
    expect(retryDelayMs(overGrpc.status!)).toBe(5_000);
    expect(await discarded('rate_limited', 'slow')).toBe(3);
  });

  it('a request larger than the burst can never pass', async () => {
    const answer = await send('slow', ofBytes(4_000));
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBeNull();
    expect(statusOf(answer.body).message).toMatch(
      /^RATE_LIMITED: batch size \(\d+ bytes\) exceeds ingestion limit \(local: 1 bytes\/s, global: 0 bytes\/s, burst: 3000 bytes\)/,
    );
  });
});

describe('discards are no errors for the sender, and are counted', () => {
  it('traces beyond max_traces_per_user', async () => {
    const ids = Array.from({ length: 4 }, () => randomId(16));
    const spans = ids.flatMap((traceId) => [{ traceId }, { traceId }]);
    expect((await send('few-traces', spans)).status).toBe(200);
    expect(await discarded('live_traces_exceeded', 'few-traces')).toBe(4);
    expect((await send('few-traces', [{ traceId: ids[0]! }])).status).toBe(200);
    expect(await discarded('live_traces_exceeded', 'few-traces')).toBe(4);
  });

  it('spans that make a trace larger than max_bytes_per_trace', async () => {
    const traceId = randomId(16);
    expect((await send('small-traces', [{ traceId }])).status).toBe(200);
    const large = { traceId, attributes: { note: 'x'.repeat(2_000) } };
    expect((await send('small-traces', [large])).status).toBe(200);
    expect(await discarded('trace_too_large', 'small-traces')).toBe(1);
  });

  it('ids that cannot be, although those are errors', async () => {
    expect((await send('few-traces', [{ traceId: randomId(4) }, {}])).status).toBe(400);
    expect((await send('few-traces', [{ spanId: randomId(4) }])).status).toBe(400);
    expect(await discarded('invalid_trace_id', 'few-traces')).toBe(2);
    expect(await discarded('invalid_span_id', 'few-traces')).toBe(1);
  });

  it('keys and values beyond max_attribute_bytes are cut', async () => {
    const traceId = randomId(16);
    const attributes = { 'a-very-long-key': 'a-very-long-value', short: 'short' };
    expect((await send('short-values', [{ traceId, attributes }])).status).toBe(200);
    const answer = await get(
      `${tempo.url}/api/traces/${hex(traceId)}`,
      {},
      {
        'x-scope-orgid': 'short-values',
      },
    );
    expect(answer.text).toContain('"key":"a-very-lon","value":{"stringValue":"a-very-lon"}');
    expect(answer.text).toContain('"key":"short","value":{"stringValue":"short"}');
    const cut = 'tempo_distributor_attributes_truncated_total';
    expect(await metric(`${cut}{tenant="short-values",scope="span"}`)).toBe(2);
  });
});

describe('spans are logged', () => {
  it('those received, with what they are, and those discarded', () => {
    const lines = tempo.log().split('\n');
    const received = lines.find((line) => /msg=received/.test(line));
    expect(received).toMatch(/spanid=[0-9a-f]{16}/);
    expect(received).toMatch(/traceid=[0-9a-f]{32}/);
    expect(lines.some((line) => /msg=discarded/.test(line))).toBe(true);
  });
});

describe('the per-tenant file is read again while the process runs', () => {
  it('a changed limit holds at once for the next requests', async () => {
    writeOverrides({
      ...TENANTS,
      'few-traces': { ingestion: { ...GENEROUS, max_traces_per_user: 100 } },
    });
    await until(async () => {
      const traceId = randomId(16);
      await send('few-traces', [{ traceId }]);
      const headers = { 'x-scope-orgid': 'few-traces' };
      return (await get(`${tempo.url}/api/traces/${hex(traceId)}`, {}, headers)).status === 200;
    });
  });

  it('a file that is wrong changes nothing, and says so', async () => {
    writeOverrides({ 'few-traces': { ingestion: { max_traces_per_users: 1 } } });
    await until(async () => /max_traces_per_users/.test(tempo.log()));
    expect((await get(`${tempo.url}/status/overrides/few-traces`)).text).toContain(
      'max_traces_per_user: 100',
    );
    expect((await send('few-traces', [{}])).status).toBe(200);
  });

  it('a file that is gone changes nothing', async () => {
    rmSync(file);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await send('few-traces', [{}])).status).toBe(200);
    writeOverrides(TENANTS);
  });
});
