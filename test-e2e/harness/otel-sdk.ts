/** A known tree of spans sent with the real OpenTelemetry SDK. */
import { context, SpanKind, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { TracerProvider, SimpleSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace';

/** What was sent: hex ids, by span name. */
export interface SentTree {
  readonly traceId: string;
  readonly spanIds: Readonly<Record<'checkout' | 'charge card' | 'INSERT orders', string>>;
}

/** Sends a server span with two children, waits for the exporter, and shuts it down. */
export async function sendTree(exporter: SpanExporter, serviceName: string): Promise<SentTree> {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': serviceName,
      'deployment.environment': 'test',
    }),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer('e2e', '1.2.3');
  const root = tracer.startSpan('checkout', {
    kind: SpanKind.SERVER,
    attributes: {
      'http.route': '/checkout',
      'cart.items': 3,
      'cart.vip': true,
      'cart.weight': 1.5,
    },
  });
  const below = trace.setSpan(context.active(), root);
  const charge = tracer.startSpan('charge card', { kind: SpanKind.CLIENT }, below);
  charge.addEvent('retry', { attempt: 2 });
  charge.setStatus({ code: SpanStatusCode.ERROR, message: 'declined' });
  const insert = tracer.startSpan('INSERT orders', { attributes: { tags: ['a', 'b'] } }, below);
  for (const span of [insert, charge, root]) span.end();
  await provider.forceFlush();
  await provider.shutdown();
  return {
    traceId: root.spanContext().traceId,
    spanIds: { checkout: id(root), 'charge card': id(charge), 'INSERT orders': id(insert) },
  };
}

function id(span: Span): string {
  return span.spanContext().spanId;
}
