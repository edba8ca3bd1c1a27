/** Grafana streams searches over gRPC: on the gRPC port, and on the HTTP port without TLS. */
import { create } from '@bufbuild/protobuf';
import { credentials, makeClientConstructor, type ServiceDefinition } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { grpcServiceDefinition, tempopb } from '@tempo-ts/contracts';
import { exampleDataSet } from '../harness/example-data-set.ts';
import { TempoProcess } from '../harness/tempo-process.ts';

const Client = makeClientConstructor(
  grpcServiceDefinition(tempopb.StreamingQuerier) as unknown as ServiceDefinition,
  'StreamingQuerier',
);

/** All messages of a stream. */
function collect<Response>(address: string, method: string, request: unknown): Promise<Response[]> {
  const client = new Client(address, credentials.createInsecure());
  type Stream = NodeJS.EventEmitter & AsyncIterable<Response>;
  const start = client[method] as unknown as (request: unknown) => Stream;
  return new Promise<Response[]>((resolve, reject) => {
    const messages: Response[] = [];
    const stream = start.call(client, request);
    stream.on('data', (message: Response) => messages.push(message));
    stream.on('error', reject);
    stream.on('end', () => resolve(messages));
  }).finally(() => client.close());
}

describe('tempopb.StreamingQuerier', () => {
  let tempo: TempoProcess;
  beforeAll(async () => {
    tempo = await TempoProcess.start();
    await exampleDataSet.push(tempo);
  });
  afterAll(() => tempo?.remove());

  it.each(['http', 'grpc'] as const)('searches on the %s port', async (port) => {
    const { start, end } = exampleDataSet.file.requestDefaults['search']!;
    const request = create(tempopb.SearchRequestSchema, {
      Query: '{ name = "SELECT" }',
      Limit: 20,
      start,
      end,
      SpansPerSpanSet: 3,
    });
    const messages = await collect<tempopb.SearchResponse>(
      `127.0.0.1:${tempo.ports[port]}`,
      'search',
      request,
    );
    const traces = new Map(
      messages.flatMap((message) => message.traces).map((t) => [t.traceID, t]),
    );
    expect([...traces.values()].map((trace) => trace.rootServiceName)).toEqual(['frontend']);
    expect(messages.at(-1)?.metrics?.completedJobs).toBe(messages.at(-1)?.metrics?.totalJobs);
  });

  it('streams tag names and values', async () => {
    const { start, end } = exampleDataSet.file.requestDefaults['tags']!;
    const address = `127.0.0.1:${tempo.ports.http}`;
    const tags = await collect<tempopb.SearchTagsV2Response>(
      address,
      'searchTagsV2',
      create(tempopb.SearchTagsRequestSchema, { scope: 'link', start, end }),
    );
    expect(tags.flatMap(({ scopes }) => scopes.map((scope) => [scope.name, scope.tags]))).toEqual([
      ['link', ['link.type']],
    ]);
    const values = await collect<tempopb.SearchTagValuesV2Response>(
      address,
      'searchTagValuesV2',
      create(tempopb.SearchTagValuesRequestSchema, { tagName: 'span.cached', start, end }),
    );
    expect(
      values.flatMap(({ tagValues }) => tagValues.map(({ type, value }) => [type, value])),
    ).toEqual([['bool', 'true']]);
  });

  it('refuses a malformed query as the client’s mistake', async () => {
    const search = collect(
      `127.0.0.1:${tempo.ports.grpc}`,
      'search',
      create(tempopb.SearchRequestSchema, { Query: '{ name = }' }),
    );
    await expect(search).rejects.toMatchObject({ code: 3 });
  });
});
