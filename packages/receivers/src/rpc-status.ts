/** Errors as google.rpc.Status, the form in which OTLP receivers explain them. */
import { create, createRegistry, toBinary, toJsonString } from '@bufbuild/protobuf';
import { anyPack, DurationSchema } from '@bufbuild/protobuf/wkt';
import { rpc } from '@tempo-ts/contracts';
import type { ErrorAnswer } from '@tempo-ts/server';

const registry = createRegistry(rpc.RetryInfoSchema);

/** The status of an answer, with RetryInfo when it says when to try again. */
export function rpcStatus(answer: ErrorAnswer): rpc.Status {
  const details = answer.retryAfterMs === undefined ? [] : [retryInfo(answer.retryAfterMs)];
  return create(rpc.StatusSchema, { code: answer.grpcCode, message: answer.message, details });
}

function retryInfo(retryAfterMs: number) {
  const seconds = Math.floor(retryAfterMs / 1000);
  const nanos = Math.round((retryAfterMs - seconds * 1000) * 1e6);
  const retryDelay = create(DurationSchema, { seconds: BigInt(seconds), nanos });
  return anyPack(rpc.RetryInfoSchema, create(rpc.RetryInfoSchema, { retryDelay }));
}

/** Serialized, for `grpc-status-details-bin` and protobuf bodies. */
export function rpcStatusBytes(answer: ErrorAnswer): Uint8Array {
  return toBinary(rpc.StatusSchema, rpcStatus(answer));
}

/** As JSON text. */
export function rpcStatusJson(answer: ErrorAnswer): string {
  return toJsonString(rpc.StatusSchema, rpcStatus(answer), { registry });
}
