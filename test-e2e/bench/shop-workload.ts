/**
 * A seeded, realistic workload: traces of a web shop of sixteen services (calls, databases, a queue,
 * internal work, errors with exceptions), as encoded OTLP requests whose traces arrive interleaved.
 */
import { seededRandom } from '@tempo-ts/runtime/testing';
import { WireEncoder, type AttributeValue } from './wire-encoder.ts';

/** A trace whose spans are all known, to be read back. */
export interface SampledTrace {
  readonly traceId: string;
  readonly spanIds: readonly string[];
}

export interface Workload {
  /** Serialized ExportTraceServiceRequests, in the order to send them. */
  readonly requests: readonly Buffer[];
  readonly spanCount: number;
  readonly traceCount: number;
  readonly byteLength: number;
  readonly sample: readonly SampledTrace[];
  readonly startUnixSeconds: number;
  readonly endUnixSeconds: number;
}

interface Span {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly parent: Span | undefined;
  readonly service: number;
  readonly pod: number;
  readonly kind: number;
  readonly name: string;
  readonly startNano: number;
  readonly durationNano: number;
  readonly attributes: Record<string, AttributeValue>;
  readonly error: string | undefined;
  readonly event: { readonly name: string; readonly key: string } | undefined;
  readonly hasLink: boolean;
}

const SPANS_PER_REQUEST = 1000;
const SPANS_PER_TRACE = 16;
const WINDOW_SECONDS = 600;
const KIND = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;
const SERVICES =
  'frontend checkout cart payment shipping catalog recommendation ad currency email inventory auth orders-worker fraud-detector search gateway'.split(
    ' ',
  );
const ROUTES =
  '/api/cart /api/cart/{id} /api/checkout /api/products /api/products/{id} /api/recommendations /api/ads /api/orders/{id} /api/login /api/search /healthz /'.split(
    ' ',
  );
const ERRORS = ['deadline exceeded', 'connection refused', 'payment declined', 'not found'];
const EXCEPTIONS = ['java.io.IOException', 'TimeoutError', 'shop.pay.Declined'];
const STACK_TRACE = Array.from(
  { length: 12 },
  (_, frame) => `\tat shop.pay.Gateway.charge${frame}(Gateway.java:${100 + frame})`,
).join('\n');

/** The workload of `seed` with about `spanCount` spans in the ten minutes before `endUnixSeconds`. */
export function shopWorkload(options: {
  readonly spanCount: number;
  readonly seed: number;
  readonly endUnixSeconds: number;
}): Workload {
  return new ShopWorkload(options.seed, options.endUnixSeconds - WINDOW_SECONDS).make(
    options.spanCount,
  );
}

class ShopWorkload {
  readonly #next: () => number;
  readonly #startUnixSeconds: number;

  constructor(seed: number, startUnixSeconds: number) {
    const random = seededRandom(seed);
    this.#next = () => random.next();
    this.#startUnixSeconds = startUnixSeconds;
  }

  make(wanted: number): Workload {
    const requests: Buffer[] = [];
    const sample: SampledTrace[] = [];
    const traces = Math.max(1, Math.floor(wanted / SPANS_PER_TRACE));
    let pending: Span[] = [];
    let spanCount = 0;
    let traceCount = 0;
    while (spanCount < wanted) {
      const spans = this.#trace((traceCount / traces) * WINDOW_SECONDS * 0.98e9);
      if (traceCount % Math.max(1, Math.floor(traces / 500)) === 0)
        sample.push({
          traceId: spans[0]!.traceId.toString('hex'),
          spanIds: spans.map((span) => span.spanId.toString('hex')).toSorted(),
        });
      traceCount += 1;
      spanCount += spans.length;
      pending.push(...spans);
      if (pending.length < SPANS_PER_REQUEST * 4) continue;
      this.#interleave(pending);
      while (pending.length > SPANS_PER_REQUEST * 3)
        requests.push(this.#request(pending.splice(0, SPANS_PER_REQUEST)));
    }
    for (; pending.length > 0; pending = pending.slice(SPANS_PER_REQUEST))
      requests.push(this.#request(pending.slice(0, SPANS_PER_REQUEST)));
    return {
      requests,
      spanCount,
      traceCount,
      byteLength: requests.reduce((sum, request) => sum + request.length, 0),
      sample,
      startUnixSeconds: this.#startUnixSeconds,
      endUnixSeconds: this.#startUnixSeconds + WINDOW_SECONDS,
    };
  }

  /** Spans of one trace reach the backend between those of its neighbours. */
  #interleave(spans: Span[]): void {
    for (let i = spans.length - 1; i > 0; i--) {
      const j = Math.max(0, i - this.#integer(600));
      [spans[i], spans[j]] = [spans[j]!, spans[i]!];
    }
  }

  #trace(startNano: number): Span[] {
    const traceId = this.#bytes(16);
    const user = `user-${this.#skewed(200_000)}`;
    const target = Math.max(2, Math.min(900, Math.round(this.#logNormal(11, 0.9))));
    const route = ROUTES[this.#skewed(ROUTES.length)]!;
    const method = route === '/api/checkout' ? 'POST' : 'GET';
    const root = this.#span(traceId, undefined, 15, KIND.server, `${method} ${route}`, {
      startNano,
      durationNano: this.#logNormal(80e6, 1),
      attributes: {
        'http.request.method': method,
        'http.route': route,
        'url.path': route.replace('{id}', String(this.#integer(1e6))),
        'url.scheme': 'https',
        'http.response.status_code': 200,
        'server.address': 'shop.example.com',
        'server.port': 443,
        'client.address': `203.0.113.${this.#integer(255)}`,
        'user_agent.original': `agent/${this.#skewed(40)} (X11; Linux x86_64) AppleWebKit/537.36`,
        'enduser.id': user,
      },
    });
    if (root.error) root.attributes['http.response.status_code'] = this.#pick([500, 502, 503, 504]);
    const spans = [root];
    const frontier = [root];
    while (spans.length < target) this.#step(traceId, user, this.#pick(frontier), spans, frontier);
    return spans;
  }

  /** Adds one call, query, message or piece of internal work below `parent`. */
  #step(traceId: Buffer, user: string, parent: Span, spans: Span[], frontier: Span[]): void {
    const startNano = parent.startNano + parent.durationNano * this.#next() * 0.5;
    const durationNano = Math.max(20e3, parent.durationNano * (0.1 + this.#next() * 0.4));
    const times = { startNano, durationNano };
    const choice = this.#next();
    if (choice < 0.35) frontier.push(...this.#call(traceId, user, parent, times, spans));
    else if (choice < 0.65) spans.push(this.#query(traceId, parent, times));
    else if (choice < 0.75) frontier.push(...this.#message(traceId, user, parent, times, spans));
    else {
      const work = this.#work(traceId, parent, times);
      spans.push(work);
      frontier.push(work);
    }
    if (frontier.length > 12) frontier.shift();
  }

  #call(traceId: Buffer, user: string, parent: Span, times: Times, spans: Span[]): Span[] {
    const callee = this.#integer(15);
    const operation = this.#pick(['GetCart', 'ListOrders', 'CreateProduct', 'CheckStock', 'Quote']);
    const name = `shop.${SERVICES[callee]}/${operation}`;
    const rpc = {
      'rpc.system': 'grpc',
      'rpc.service': `shop.${SERVICES[callee]}`,
      'rpc.method': operation,
      'rpc.grpc.status_code': 0,
    };
    const client = this.#span(traceId, parent, parent.service, KIND.client, name, {
      ...times,
      attributes: { ...rpc, 'server.address': SERVICES[callee]!, 'server.port': 8080 },
    });
    const server = this.#span(traceId, client, callee, KIND.server, name, {
      startNano: times.startNano + times.durationNano * 0.05,
      durationNano: times.durationNano * 0.9,
      attributes: {
        ...rpc,
        'enduser.id': user,
        'network.peer.address': `10.0.${this.#integer(16)}.${this.#integer(255)}`,
      },
    });
    spans.push(client, server);
    return [server];
  }

  #query(traceId: Buffer, parent: Span, times: Times): Span {
    const table = this.#pick(['orders', 'carts', 'products', 'users', 'payments', 'stock']);
    const operation = this.#pick(['SELECT', 'SELECT', 'SELECT', 'INSERT', 'UPDATE']);
    const text =
      operation === 'SELECT'
        ? `SELECT id, name, price FROM ${table} WHERE tenant = $1 LIMIT ${this.#pick([1, 10, 50])}`
        : `${operation} ${table} SET value = ${this.#integer(100_000)} WHERE id = $1`;
    return this.#span(traceId, parent, parent.service, KIND.client, `${operation} shop.${table}`, {
      startNano: times.startNano,
      durationNano: times.durationNano * 0.5,
      attributes: {
        'db.system': this.#pick(['postgresql', 'postgresql', 'redis', 'mysql']),
        'db.namespace': 'shop',
        'db.operation.name': operation,
        'db.collection.name': table,
        'db.query.text': text,
        'server.address': `db-${this.#integer(4)}`,
        'server.port': 5432,
      },
    });
  }

  #message(traceId: Buffer, user: string, parent: Span, times: Times, spans: Span[]): Span[] {
    const kafka = { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' };
    const producer = this.#span(traceId, parent, parent.service, KIND.producer, 'orders publish', {
      ...times,
      attributes: {
        ...kafka,
        'messaging.operation.name': 'publish',
        'messaging.kafka.message.key': user,
      },
    });
    const consumer = this.#span(traceId, producer, 12, KIND.consumer, 'orders process', {
      startNano: times.startNano + times.durationNano,
      durationNano: times.durationNano,
      attributes: {
        ...kafka,
        'messaging.operation.name': 'process',
        'messaging.kafka.offset': this.#integer(1e9),
        'messaging.destination.partition.id': String(this.#integer(32)),
      },
    });
    spans.push(producer, consumer);
    return [consumer];
  }

  #work(traceId: Buffer, parent: Span, times: Times): Span {
    const name = this.#pick(['validate', 'render', 'serialize', 'price', 'authorize', 'score']);
    const attributes: Record<string, AttributeValue> = {
      'code.function.name': name,
      'thread.id': this.#integer(64),
      'app.flag': this.#next() < 0.5,
      'app.score': this.#integer(10_000) / 100 + 0.001,
    };
    if (this.#next() < 0.2)
      attributes['app.tags'] = [this.#pick(['gold', 'silver']), this.#pick(['new', 'vip', 'beta'])];
    return this.#span(traceId, parent, parent.service, KIND.internal, name, {
      ...times,
      attributes,
    });
  }

  #span(
    traceId: Buffer,
    parent: Span | undefined,
    service: number,
    kind: number,
    name: string,
    rest: Times & { readonly attributes: Record<string, AttributeValue> },
  ): Span {
    const error = this.#next() < 0.02 ? this.#pick(ERRORS) : undefined;
    const event =
      !error && this.#next() < 0.05
        ? { name: this.#pick(['cache.miss', 'cache.hit', 'retry']), key: `k${this.#skewed(5000)}` }
        : undefined;
    const pod = parent?.service === service ? parent.pod : this.#integer(3);
    const hasLink = kind === KIND.consumer;
    const spanId = this.#bytes(8);
    return { traceId, spanId, parent, service, pod, kind, name, ...rest, error, event, hasLink };
  }

  #request(spans: readonly Span[]): Buffer {
    const byResource = Map.groupBy(spans, (span) => span.service * 3 + span.pod);
    const request = new WireEncoder();
    for (const [key, ofResource] of byResource) {
      const resource = new WireEncoder().attributes(
        1,
        resourceAttributes(Math.floor(key / 3), key % 3),
      );
      const resourceSpans = new WireEncoder().bytes(1, resource.finish());
      for (const [scope, ofScope] of Map.groupBy(ofResource, scopeName)) {
        const scopeSpans = new WireEncoder().bytes(
          1,
          new WireEncoder().text(1, scope).text(2, '2.4.0').finish(),
        );
        for (const span of ofScope) scopeSpans.bytes(2, this.#encode(span));
        resourceSpans.bytes(2, scopeSpans.finish());
      }
      request.bytes(1, resourceSpans.finish());
    }
    return request.finish();
  }

  #encode(span: Span): Buffer {
    const encoder = new WireEncoder().bytes(1, span.traceId).bytes(2, span.spanId);
    if (span.parent) encoder.bytes(4, span.parent.spanId);
    const startNano = this.#unixNano(span.startNano);
    const endNano = this.#unixNano(span.startNano + span.durationNano);
    encoder
      .text(5, span.name)
      .varint(6, span.kind)
      .fixed64(7, startNano)
      .fixed64(8, endNano)
      .attributes(9, span.attributes);
    if (span.error) {
      const exception = {
        'exception.type': this.#pick(EXCEPTIONS),
        'exception.message': span.error,
        'exception.stacktrace': STACK_TRACE,
      };
      const event = new WireEncoder().fixed64(1, endNano).text(2, 'exception');
      encoder.bytes(11, event.attributes(3, exception).finish());
    } else if (span.event) {
      const event = new WireEncoder().fixed64(1, startNano).text(2, span.event.name);
      encoder.bytes(11, event.attributes(3, { 'cache.key': span.event.key }).finish());
    }
    if (span.hasLink) {
      const link = new WireEncoder().bytes(1, this.#bytes(16)).bytes(2, this.#bytes(8));
      encoder.bytes(13, link.attributes(4, { 'link.reason': 'batch' }).finish());
    }
    if (span.error) encoder.bytes(15, new WireEncoder().text(2, span.error).varint(3, 2).finish());
    return encoder.finish();
  }

  #unixNano(offsetNano: number): bigint {
    return BigInt(this.#startUnixSeconds) * 1_000_000_000n + BigInt(Math.round(offsetNano));
  }

  #integer(below: number): number {
    return Math.floor(this.#next() * below);
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#integer(items.length)]!;
  }

  /** Below `count`, small numbers far more often. */
  #skewed(count: number): number {
    return Math.min(count - 1, Math.floor((count + 1) ** this.#next() - 1));
  }

  #logNormal(median: number, sigma: number): number {
    const normal =
      Math.sqrt(-2 * Math.log(this.#next() + 1e-12)) * Math.cos(2 * Math.PI * this.#next());
    return median * Math.exp(sigma * normal);
  }

  #bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let i = 0; i < length; i++) bytes[i] = this.#integer(256);
    bytes[0] ||= 1;
    return bytes;
  }
}

interface Times {
  readonly startNano: number;
  readonly durationNano: number;
}

function scopeName(span: Span): string {
  if (span.kind === KIND.internal) return 'app';
  return 'db.system' in span.attributes ? 'io.opentelemetry.jdbc' : 'io.opentelemetry.http';
}

function resourceAttributes(service: number, pod: number): Record<string, AttributeValue> {
  const name = SERVICES[service]!;
  const region = ['eu-west-1', 'us-east-1', 'ap-south-1'][pod]!;
  return {
    'service.name': name,
    'service.version': `1.${service}.${pod % 2}`,
    'service.namespace': 'shop',
    'service.instance.id': `${name}-${pod}`,
    'k8s.cluster.name': `prod-${region}`,
    'k8s.namespace.name': 'shop',
    'k8s.pod.name': `${name}-6c9f7d-${(service * 7919 + pod * 104_729).toString(36)}`,
    'k8s.container.name': name,
    'k8s.deployment.name': name,
    'host.name': `ip-10-0-${service}-${pod}`,
    'cloud.region': region,
    'telemetry.sdk.language': ['go', 'java', 'nodejs', 'python', 'dotnet', 'rust'][service % 6]!,
    'telemetry.sdk.name': 'opentelemetry',
    'telemetry.sdk.version': '1.30.1',
    'process.pid': 1000 + service * 10 + pod,
  };
}
