/** From the collector's configuration keys to receivers. */
import {
  effectiveReceivers,
  type OtlpReceiverConfig,
  type ReceiversConfig,
} from '@tempo-ts/config';
import { OtlpGrpcReceiver } from './otlp-grpc-receiver.ts';
import { OtlpHttpReceiver } from './otlp-http-receiver.ts';
import type { Receiver, ReceiverEnvironment } from './receiver.ts';

/** What `distributor.receivers` stands for. */
export interface ConfiguredReceivers {
  /** To be started. */
  readonly receivers: readonly Receiver[];
  /** Ids that Tempo has a receiver for and we do not yet: `jaeger`, `zipkin/edge`. */
  readonly notYetWorking: readonly string[];
}

/**
 * The receivers of `configured`; of Tempo's default receivers when that is empty. Ids come from a
 * configuration that was checked: there are no unknown kinds among them.
 */
export function createReceivers(
  configured: ReceiversConfig,
  environment: ReceiverEnvironment,
): ConfiguredReceivers {
  const receivers: Receiver[] = [];
  const notYetWorking: string[] = [];
  for (const [id, config] of Object.entries(effectiveReceivers(configured))) {
    if (id.split('/', 1)[0] !== 'otlp') {
      notYetWorking.push(id);
      continue;
    }
    const { grpc, http } = (config as OtlpReceiverConfig).protocols;
    if (grpc) receivers.push(new OtlpGrpcReceiver(id, grpc, environment));
    if (http) receivers.push(new OtlpHttpReceiver(id, http, environment));
  }
  return { receivers, notYetWorking };
}
