/** Sends encoded OTLP requests over gRPC, several at a time, without decoding anything. */
import { connect, type ClientHttp2Session } from 'node:http2';

const EXPORT_PATH = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const IN_FLIGHT = 8;
const CONNECTIONS = 2;
const MAX_ATTEMPTS = 200;

export interface LoadResult {
  readonly accepted: number;
  readonly retries: number;
}

/** Sends every request until it is accepted; throws when one is refused for good. */
export async function sendLoad(url: string, requests: readonly Buffer[]): Promise<LoadResult> {
  const sessions = Array.from({ length: CONNECTIONS }, () =>
    connect(url, { settings: { initialWindowSize: 8 << 20 } }),
  );
  let next = 0;
  let accepted = 0;
  let retries = 0;
  const sender = async (session: ClientHttp2Session) => {
    while (next < requests.length) {
      const request = requests[next++]!;
      for (let attempt = 1; ; attempt++) {
        const status = await exportOnce(session, request);
        if (status === '0') break;
        if (attempt === MAX_ATTEMPTS) throw new Error(`request refused: gRPC status ${status}`);
        retries += 1;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      accepted += 1;
    }
  };
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, (_, i) => sender(sessions[i % CONNECTIONS]!)),
  );
  for (const session of sessions) session.close();
  return { accepted, retries };
}

/** The gRPC status of one export. */
function exportOnce(session: ClientHttp2Session, request: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': EXPORT_PATH,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let status = 'none';
    const read = (headers: Readonly<Record<string, string | string[] | number | undefined>>) => {
      if (headers['grpc-status'] !== undefined) status = [headers['grpc-status']].join();
    };
    stream.on('response', read);
    stream.on('trailers', read);
    stream.on('error', reject);
    stream.on('close', () => resolve(status));
    stream.resume();
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(request.length, 1);
    stream.write(prefix);
    stream.end(request);
  });
}
