export type { Receiver, ReceiverEnvironment } from './receiver.ts';
export { createReceivers, type ConfiguredReceivers } from './receiver-registry.ts';
export { OtlpGrpcReceiver } from './otlp-grpc-receiver.ts';
export { OtlpHttpReceiver } from './otlp-http-receiver.ts';
export {
  DEFAULT_INFLIGHT_CAPACITY_BYTES,
  InflightBytes,
  type HeldBytes,
} from './inflight-bytes.ts';
