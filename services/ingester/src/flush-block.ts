/** Uploads a complete local block: all its objects, meta.json last, so that it is seen whole. */
import { metaKey, type BlockPlace } from '@tempo-ts/block';
import type { ObjectStore } from '@tempo-ts/object-store';
import { FLUSHED_OBJECT, WAL_SEGMENTS_OBJECT } from './local-blocks.ts';

/** Bytes in memory per upload. */
const PART_BYTES = 4 * 1024 * 1024;

/** Objects of a local block that are ours alone. */
const LOCAL_OBJECTS: ReadonlySet<string> = new Set([WAL_SEGMENTS_OBJECT, FLUSHED_OBJECT]);

/** Copies the block from `source` to `target`; returns the bytes copied. */
export async function flushBlock(
  block: BlockPlace,
  source: ObjectStore,
  target: ObjectStore,
  signal: AbortSignal,
): Promise<number> {
  const prefix = `${block.tenant}/${block.blockId}/`;
  const last = metaKey(block);
  const { objects } = await source.list(prefix, { signal });
  const uploaded = objects.filter(({ key }) => !LOCAL_OBJECTS.has(key.slice(prefix.length)));
  let byteLength = 0;
  for (const { key, sizeBytes } of uploaded) {
    if (key === last) continue;
    await copyObject(key, sizeBytes, source, target, signal);
    byteLength += sizeBytes;
  }
  signal.throwIfAborted();
  const meta = await source.get(last, signal);
  await target.put(last, meta);
  return byteLength + meta.length;
}

async function copyObject(
  key: string,
  sizeBytes: number,
  source: ObjectStore,
  target: ObjectStore,
  signal: AbortSignal,
): Promise<void> {
  if (sizeBytes <= PART_BYTES) {
    signal.throwIfAborted();
    await target.put(key, await source.get(key, signal));
    return;
  }
  const writer = await target.openWriter(key);
  try {
    for (let offset = 0; offset < sizeBytes; offset += PART_BYTES) {
      signal.throwIfAborted();
      const length = Math.min(PART_BYTES, sizeBytes - offset);
      await writer.append(await source.getRange(key, { offset, length }, signal));
    }
    await writer.commit();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
