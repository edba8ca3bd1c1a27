/** A sink that remembers what it was given and answers as told. */
import type { ReceivedSpans, SpanSink } from '@tempo-ts/ports';

export class FakeSpanSink implements SpanSink {
  /** Everything pushed, in order. */
  readonly received: ReceivedSpans[] = [];
  /** When set, pushes are rejected with it. */
  failure: unknown;
  /** When set, pushes wait for it. */
  gate: Promise<void> | undefined;
  /** Of the last push. */
  signal: AbortSignal | undefined;

  async push(spans: ReceivedSpans, signal: AbortSignal): Promise<void> {
    this.received.push(spans);
    this.signal = signal;
    await this.gate;
    if (this.failure !== undefined) throw this.failure as Error;
  }
}
