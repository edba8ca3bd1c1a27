import { describe, expect, it } from '@jest/globals';
import { createReceivers } from './receiver-registry.ts';
import { FakeSpanSink } from './testing/fake-span-sink.ts';
import { loadReceivers } from './testing/load-receivers.ts';
import { receiverEnvironment } from './testing/receiver-environment.ts';

function created(receivers: unknown) {
  const made = createReceivers(loadReceivers(receivers), receiverEnvironment());
  return { names: made.receivers.map(({ name }) => name), notYetWorking: made.notYetWorking };
}

/** A gRPC and an HTTP receiver on `endpoint`. */
function receiversOn(endpoint: string) {
  const settings = { 'otlp/edge': { protocols: { http: { endpoint }, grpc: { endpoint } } } };
  return createReceivers(loadReceivers(settings), receiverEnvironment()).receivers;
}

describe('createReceivers', () => {
  it('an empty configuration means what it means in Tempo: OTLP over gRPC, and Jaeger', () => {
    expect(created({})).toEqual({ names: ['otlp/grpc'], notYetWorking: ['jaeger'] });
  });

  it('a protocol without a value is enabled with its defaults', () => {
    const { names } = created({ otlp: { protocols: { grpc: null, http: null } } });
    expect(names).toEqual(['otlp/grpc', 'otlp/http']);
  });

  it('a second receiver of a kind is one of its own', () => {
    const { names } = created({
      otlp: { protocols: { http: null } },
      'otlp/edge': { protocols: { grpc: { endpoint: '127.0.0.1:0' } } },
    });
    expect(names).toEqual(['otlp/http', 'otlp/edge/grpc']);
  });

  it('kinds that do not work yet are named', () => {
    const { names, notYetWorking } = created({
      otlp: { protocols: { grpc: null } },
      zipkin: null,
      jaeger: { protocols: { grpc: null } },
    });
    expect(names).toEqual(['otlp/grpc']);
    expect([...notYetWorking].toSorted()).toEqual(['jaeger', 'zipkin']);
  });

  it('an endpoint that is no address, and a taken port, name the key', async () => {
    for (const receiver of receiversOn('somewhere'))
      await expect(receiver.start(new FakeSpanSink())).rejects.toThrow(
        `distributor.receivers.otlp/edge.protocols.${receiver.name.split('/')[2]}.endpoint: "somewhere" is not an address`,
      );
    const [first] = receiversOn('127.0.0.1:0');
    await first!.start(new FakeSpanSink());
    const taken = `127.0.0.1:${first!.address!.port}`;
    for (const receiver of receiversOn(taken))
      await expect(receiver.start(new FakeSpanSink())).rejects.toThrow(
        `cannot listen on ${taken}: the port is in use by another process; change distributor.receivers.otlp/edge.protocols.`,
      );
    await first!.stop();
  });
});
