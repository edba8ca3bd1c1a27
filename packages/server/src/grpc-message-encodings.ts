/**
 * Compressions of gRPC messages beyond gzip and deflate. Senders of spans may use zstd and snappy,
 * which Tempo's receivers understand; grpc-js knows a fixed list and has no place to add to it. So
 * the one method that looks an encoding up is replaced. The library's version is pinned, and the
 * tests of the OTLP receiver fail when an update moves the method.
 */
import { BaseServerInterceptingCall } from '@grpc/grpc-js/build/src/server-interceptors.js';
import { GRPC_STATUS, GrpcError } from './errors.ts';

/**
 * Gives the plain message. Throws when it is damaged; GrpcError `resourceExhausted` when it is longer
 * than `maxBytes`, of which it must not decompress more.
 */
export type DecompressMessage = (
  message: Uint8Array,
  maxBytes: number,
) => Promise<Uint8Array> | Uint8Array;

/** By the name in `grpc-encoding`. */
export type MessageEncodings = ReadonlyMap<string, DecompressMessage>;

/** What the replaced method finds in a call of grpc-js. */
interface CallOfLibrary {
  readonly handler: { readonly func: object };
  readonly maxReceiveMessageSize: number;
}

type DecompressOfLibrary = (
  this: CallOfLibrary,
  message: Buffer,
  encoding: string,
) => Promise<Buffer> | Buffer;

/** Length of the flag and the message length in front of each message. */
const PREFIX_BYTES = 5;

const encodingsByHandler = new WeakMap<object, MessageEncodings>();
let isInstalled = false;

/** Messages for this handler function may come in these encodings as well. */
export function acceptMessageEncodings(handler: object, encodings: MessageEncodings): void {
  encodingsByHandler.set(handler, encodings);
  if (isInstalled) return;
  isInstalled = true;
  const library = BaseServerInterceptingCall.prototype as unknown as {
    decompressMessage: DecompressOfLibrary;
  };
  const known = library.decompressMessage;
  library.decompressMessage = function decompressMessage(message, encoding) {
    const decompress = encodingsByHandler.get(this.handler.func)?.get(encoding);
    if (!decompress) return known.call(this, message, encoding);
    return decompressed(decompress, message.subarray(PREFIX_BYTES), encoding, this);
  };
}

async function decompressed(
  decompress: DecompressMessage,
  message: Uint8Array,
  encoding: string,
  call: CallOfLibrary,
): Promise<Buffer> {
  const limit = call.maxReceiveMessageSize;
  const maxBytes = limit < 0 ? Number.MAX_SAFE_INTEGER : limit;
  try {
    const plain = await decompress(message, maxBytes);
    return Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength);
  } catch (error) {
    // grpc-js sends what is thrown here as the status of the call.
    throw asStatus(error, encoding, maxBytes);
  }
}

function asStatus(error: unknown, encoding: string, maxBytes: number) {
  const status =
    error instanceof GrpcError
      ? error
      : new GrpcError(
          GRPC_STATUS.internal,
          `message is not valid ${encoding}: ${(error as Error).message}`,
        );
  const isTooLarge = status.code === GRPC_STATUS.resourceExhausted;
  const details = isTooLarge
    ? `message decompresses to more than ${maxBytes} bytes`
    : status.message;
  return { code: status.code, details: details.toWellFormed(), metadata: null };
}
