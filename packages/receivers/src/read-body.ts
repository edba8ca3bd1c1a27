/** Reading request bodies within limits. */
import type { Request } from '@tempo-ts/server';
import { BodyTooLargeError } from './body-too-large-error.ts';

/**
 * The whole body as it was sent. After an error the rest of the body has not been read: answer and
 * close the connection.
 *
 * @param onBytes called with the length of each part as it comes; what it throws ends the reading.
 * @throws BodyTooLargeError as soon as more than `maxBytes` are announced or have come.
 */
export async function readBody(
  request: Request,
  options: { readonly maxBytes: number; readonly onBytes: (byteLength: number) => void },
): Promise<Uint8Array> {
  const { maxBytes, onBytes } = options;
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > maxBytes) throw new BodyTooLargeError(maxBytes);
  const chunks: Buffer[] = [];
  let byteLength = 0;
  // Leaving the loop early must not destroy the request: its connection carries the answer.
  const parts = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const chunk of parts) {
    onBytes(chunk.length);
    byteLength += chunk.length;
    if (byteLength > maxBytes) throw new BodyTooLargeError(maxBytes);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, byteLength);
}
