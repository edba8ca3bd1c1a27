/**
 * The blocks on the local disk, below `<wal path>/blocks/<tenant>/<block id>/`: complete ones are
 * queried here until the object store has them and for some time after.
 *
 * Besides the block's own objects a directory holds `wal-segments.json`, written first: the log
 * segments that the block covers. `meta.json`, written last, makes the block complete, and from then
 * on those segments are superfluous. `flushed`, as in Tempo, holds the time of the upload.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeBlockMeta, metaKey, toBlockRef } from '@tempo-ts/block';
import type { ObjectStore } from '@tempo-ts/object-store';
import type { BlockRef, TenantId } from '@tempo-ts/ports';
import type { Logger } from '@tempo-ts/telemetry';

export const WAL_SEGMENTS_OBJECT = 'wal-segments.json';
export const FLUSHED_OBJECT = 'flushed';

export interface LocalBlock {
  readonly ref: BlockRef;
  /** Log segments the block covers. */
  readonly segments: readonly number[];
  /** When it reached the object store and was announced. */
  flushedUnixMs: number | undefined;
}

export interface LocalBlocksOptions {
  /** `<wal path>/blocks`. */
  readonly path: string;
  /** A store over that directory. */
  readonly store: ObjectStore;
  readonly logger: Logger;
}

export class LocalBlocks {
  readonly #options: LocalBlocksOptions;
  readonly #blocks = new Map<TenantId, Map<string, LocalBlock>>();

  constructor(options: LocalBlocksOptions) {
    this.#options = options;
  }

  get store(): ObjectStore {
    return this.#options.store;
  }

  /** Blocks of a tenant, in order of their completion. */
  of(tenant: TenantId): readonly LocalBlock[] {
    return [...(this.#blocks.get(tenant)?.values() ?? [])];
  }

  /** All blocks. */
  all(): readonly LocalBlock[] {
    return [...this.#blocks.values()].flatMap((blocks) => [...blocks.values()]);
  }

  tenants(): readonly TenantId[] {
    return [...this.#blocks.keys()];
  }

  /** Makes a complete block known. */
  add(block: LocalBlock): void {
    const { tenant, blockId } = block.ref;
    const blocks = this.#blocks.get(tenant) ?? new Map<string, LocalBlock>();
    this.#blocks.set(tenant, blocks);
    blocks.set(blockId, block);
  }

  /** Remembers, also after a restart, that the object store has the block. */
  async markFlushed(block: LocalBlock, nowUnixMs: number): Promise<void> {
    const { tenant, blockId } = block.ref;
    const time = new Date(nowUnixMs).toISOString();
    await this.store.put(`${tenant}/${blockId}/${FLUSHED_OBJECT}`, Buffer.from(time));
    block.flushedUnixMs = nowUnixMs;
  }

  /** Forgets a block and removes its directory. */
  async remove(block: LocalBlock): Promise<void> {
    const { tenant, blockId } = block.ref;
    const blocks = this.#blocks.get(tenant);
    blocks?.delete(blockId);
    if (blocks?.size === 0) this.#blocks.delete(tenant);
    // Incomplete from here on, so that a crash half-way leaves nothing that looks like a block.
    await this.store.delete(metaKey({ tenant, blockId }));
    await this.removeDirectory(tenant, blockId);
  }

  /** Names the segments before anything else of the block is written. */
  async writeSegments(
    tenant: TenantId,
    blockId: string,
    segments: readonly number[],
  ): Promise<void> {
    const text = JSON.stringify({ segments });
    await this.store.put(`${tenant}/${blockId}/${WAL_SEGMENTS_OBJECT}`, Buffer.from(text));
  }

  /** Removes whatever lies under the name of a block. */
  async removeDirectory(tenant: TenantId, blockId: string): Promise<void> {
    const path = join(this.#options.path, tenant, blockId);
    await rm(path, { recursive: true, force: true });
  }

  /** Finds what earlier lives of the process left; removes blocks that were never completed. */
  async load(): Promise<void> {
    for (const tenantPrefix of (await this.store.list('', { delimiter: '/' })).prefixes) {
      const tenant = tenantPrefix.slice(0, -1) as TenantId;
      const { prefixes } = await this.store.list(tenantPrefix, { delimiter: '/' });
      for (const prefix of prefixes) await this.#loadBlock(tenant, prefix);
    }
  }

  async #loadBlock(tenant: TenantId, prefix: string): Promise<void> {
    const blockId = prefix.slice(tenant.length + 1, -1);
    const { logger } = this.#options;
    const names = new Map(
      (await this.store.list(prefix)).objects.map((object) => [
        object.key.slice(prefix.length),
        object,
      ]),
    );
    if (!names.has('meta.json')) {
      logger.warn('incomplete local block removed', { tenant, blockId });
      await this.removeDirectory(tenant, blockId);
      return;
    }
    const ref = await this.#readRef(tenant, blockId).catch((error: unknown) => {
      // Kept for a human to look at: it may be all there is of these spans.
      logger.error('local block cannot be read; left alone', { tenant, blockId, error });
      return undefined;
    });
    if (!ref) return;
    const segments = names.has(WAL_SEGMENTS_OBJECT)
      ? await this.#readSegments(`${prefix}${WAL_SEGMENTS_OBJECT}`)
      : [];
    this.add({ ref, segments, flushedUnixMs: names.get(FLUSHED_OBJECT)?.modifiedUnixMs });
  }

  async #readRef(tenant: TenantId, blockId: string): Promise<BlockRef> {
    return toBlockRef(decodeBlockMeta(await this.store.get(metaKey({ tenant, blockId }))));
  }

  async #readSegments(key: string): Promise<number[]> {
    const text = Buffer.from(await this.store.get(key)).toString('utf8');
    const { segments } = JSON.parse(text) as { segments: number[] };
    return segments;
  }
}
