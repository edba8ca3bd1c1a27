/**
 * Content-Encoding of request bodies, as the collector's HTTP receivers understand it. No more than
 * the limit is ever decompressed: a gigabyte hidden in a megabyte of gzip costs what the limit costs.
 */
import { promisify } from 'node:util';
import { gunzip, inflate, zstdDecompress } from 'node:zlib';
import { Semaphore } from '@tempo-ts/runtime';
import {
  GRPC_STATUS,
  GrpcError,
  HttpError,
  type DecompressMessage,
  type MessageEncodings,
} from '@tempo-ts/server';
import { lz4Decompress } from './lz4.ts';
import { snappyDecompress, snappyFramedDecompress } from './snappy.ts';
import { BodyTooLargeError } from './body-too-large-error.ts';

type Decompress = (body: Uint8Array, maxBytes: number) => Promise<Uint8Array> | Uint8Array;

/**
 * Bodies decompressed at once: as many as there are threads for it. More would be no faster, but each
 * may take the limit in memory before it is known to exceed it.
 */
const turns = new Semaphore({ permits: 4 });

/** Output is made in parts of this size, each of which costs a trip to another thread. */
const MIN_PART_BYTES = 16 * 1024;
const MAX_PART_BYTES = 1024 * 1024;
/** Spans shrink to about a sixth: most bodies come out in a single part. */
const USUAL_RATIO = 8;

type NodeDecompress = (
  body: Uint8Array,
  options: { readonly maxOutputLength: number; readonly chunkSize: number },
) => Promise<Uint8Array>;

function inTurn(decompress: NodeDecompress): Decompress {
  return (body, maxOutputLength) => {
    const usualBytes = Math.max(MIN_PART_BYTES, body.length * USUAL_RATIO);
    const chunkSize = Math.min(usualBytes, MAX_PART_BYTES);
    return turns.run(() => decompress(body, { maxOutputLength, chunkSize }));
  };
}

const zstdPlain = inTurn(promisify(zstdDecompress));

/** By name; the empty name and `identity` are a body as it is. */
const ENCODINGS: ReadonlyMap<string, Decompress> = new Map<string, Decompress>([
  ['gzip', inTurn(promisify(gunzip))],
  ['zlib', inTurn(promisify(inflate))],
  // Like the collector and browsers: "deflate" is deflate within zlib's header (RFC 9110).
  ['deflate', inTurn(promisify(inflate))],
  ['zstd', zstdPlain],
  ['snappy', snappyDecompress],
  ['x-snappy-framed', snappyFramedDecompress],
  ['lz4', lz4Decompress],
]);

/** Every Content-Encoding that is understood. */
export const CONTENT_ENCODINGS: readonly string[] = [...ENCODINGS.keys()];

/**
 * The body in plain.
 *
 * @param encoding value of Content-Encoding; absent, empty and `identity` leave the body as it is.
 * @param accepted the encodings to accept, of {@link CONTENT_ENCODINGS}.
 * @throws HttpError 400 for an encoding that is not accepted or bytes that are not of it.
 * @throws BodyTooLargeError when the plain body is longer than `maxBytes`.
 */
export async function decompressBody(
  body: Uint8Array,
  encoding: string | undefined,
  options: { readonly maxBytes: number; readonly accepted: readonly string[] },
): Promise<Uint8Array> {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return body;
  const decompress = options.accepted.includes(name) ? ENCODINGS.get(name) : undefined;
  if (!decompress) {
    const supported = options.accepted.join(', ');
    throw new HttpError(400, `unsupported Content-Encoding: ${encoding}, supported: ${supported}`);
  }
  try {
    return await decompress(body, options.maxBytes);
  } catch (error) {
    if (error instanceof BodyTooLargeError || isOutputTooLarge(error))
      throw new BodyTooLargeError(options.maxBytes);
    const reason = (error as Error).message;
    throw new HttpError(400, `body is not valid ${name}: ${reason}`, { cause: error });
  }
}

/**
 * What gRPC messages may be compressed with besides gzip; Snappy means its framing format there, as
 * in the collector's exporters.
 */
export const GRPC_MESSAGE_ENCODINGS: MessageEncodings = new Map([
  ['zstd', forMessages(zstdPlain)],
  ['snappy', forMessages(snappyFramedDecompress)],
]);

function forMessages(decompress: Decompress): DecompressMessage {
  return async (message, maxBytes) => {
    try {
      return await decompress(message, maxBytes);
    } catch (error) {
      if (!(error instanceof BodyTooLargeError) && !isOutputTooLarge(error)) throw error;
      throw new GrpcError(GRPC_STATUS.resourceExhausted, 'message is too large', { cause: error });
    }
  };
}

function isOutputTooLarge(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
}
