/** Blocks that Tempo itself wrote, read in place; tests say so when they are not there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MemoryObjectStore, type ObjectStore } from '@tempo-ts/object-store';
import { systemClock } from '@tempo-ts/runtime';
import { decodeBlockMeta, type BlockMeta } from '../block-meta.ts';

/** Of this repository; the file lies five directories below it. */
const REPOSITORY_ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..');

/** A block made by Tempo. */
export interface TempoBlock {
  readonly meta: BlockMeta;
  readonly store: ObjectStore;
  /** The directory that holds the tenant directory, and files that describe the block. */
  readonly directory: string;
}

/** Where Tempo's blocks lie: `TEMPO_TESTDATA`, else beside the repository; undefined if nowhere. */
function findBlocksDirectory(): string | undefined {
  const root = process.env['TEMPO_TESTDATA'] ?? join(REPOSITORY_ROOT, '..', 'shared', 'testdata');
  const directory = join(root, 'blocks');
  return existsSync(directory) ? directory : undefined;
}

/** Whether Tempo's blocks are at hand; prints once per test file when they are not. */
export function haveTempoBlocks(): boolean {
  const isThere = findBlocksDirectory() !== undefined;
  if (!isThere)
    process.stderr.write(
      'skipped: no blocks made by Tempo (set TEMPO_TESTDATA to their directory)\n',
    );
  return isThere;
}

/** Loads the block of the directory `name` into memory. */
export async function openTempoBlock(name: string): Promise<TempoBlock> {
  const directory = join(findBlocksDirectory() ?? '', name);
  const tenant = 'single-tenant';
  const blockId = readdirSync(join(directory, tenant))[0]!;
  const store = new MemoryObjectStore({ clock: systemClock });
  for (const file of readdirSync(join(directory, tenant, blockId))) {
    const bytes = readFileSync(join(directory, tenant, blockId, file));
    await store.put(`${tenant}/${blockId}/${file}`, bytes);
  }
  const meta = decodeBlockMeta(await store.get(`${tenant}/${blockId}/meta.json`));
  return { meta, store, directory };
}
