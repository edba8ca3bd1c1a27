/**
 * Objects as files below a directory, in Tempo's layout of its `local` backend: the key is the path.
 *
 * A write goes to a temporary file beside its target, is fsynced, renamed over the target, and the
 * directory is fsynced; so a reader sees a whole object or none, also after a crash. Directories
 * that a deletion leaves empty are removed.
 */
import * as nodeFileSystem from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { assert, type Clock, type Random } from '@tempo-ts/runtime';
import { ObjectNotFoundError, ObjectRangeError, ObjectStoreConfigurationError } from './errors.ts';
import { listEntries } from './list-objects.ts';
import { assertObjectKey, assertObjectPrefix, TEMPORARY_PREFIX } from './object-key.ts';
import type {
  ByteRange,
  ObjectEntry,
  ObjectListing,
  ObjectStore,
  ObjectWriter,
} from './object-store.ts';

/** The disk, as far as the store needs it; tests put faults into it. */
export type LocalFileSystem = Pick<
  typeof nodeFileSystem,
  'mkdir' | 'open' | 'readdir' | 'readFile' | 'rename' | 'rmdir' | 'stat' | 'unlink' | 'utimes'
>;

type FileHandle = nodeFileSystem.FileHandle;

/** A temporary file this old belongs to a writer that is gone. */
const ABANDONED_AFTER_MS = 24 * 3600 * 1000;
/** How often a write is tried again when a deletion removes its directory under it. */
const MAX_DIRECTORY_ATTEMPTS = 10;

export interface LocalObjectStoreOptions {
  /** `storage.trace.local.path`; made when it is missing. */
  readonly path: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly fileSystem?: LocalFileSystem;
}

/** An {@link ObjectStore} on a local or mounted disk. */
export class LocalObjectStore implements ObjectStore {
  readonly #root: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #fs: LocalFileSystem;

  private constructor(options: LocalObjectStoreOptions) {
    this.#root = options.path;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#fs = options.fileSystem ?? nodeFileSystem;
  }

  /**
   * Opens the directory, checks that it can be written to, and removes what dead writers left.
   *
   * @throws ObjectStoreConfigurationError when the directory cannot be made or written to.
   */
  static async open(options: LocalObjectStoreOptions): Promise<LocalObjectStore> {
    if (options.path === '')
      throw new ObjectStoreConfigurationError(
        'backend local needs a directory: storage.trace.local.path is empty',
      );
    const store = new LocalObjectStore(options);
    try {
      await store.#fs.mkdir(store.#root, { recursive: true });
      await store.#verifyWritable();
    } catch (cause) {
      throw new ObjectStoreConfigurationError(
        `storage.trace.local.path "${options.path}" cannot be written to`,
        { cause },
      );
    }
    await store.#removeAbandoned(store.#root);
    return store;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const writer = await this.openWriter(key);
    try {
      await writer.append(bytes);
      await writer.commit();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  }

  async openWriter(key: string): Promise<ObjectWriter> {
    const target = this.#path(key);
    const name = `${TEMPORARY_PREFIX}${Buffer.from(this.#random.bytes(8)).toString('hex')}`;
    const temporary = join(dirname(target), name);
    let handle: FileHandle | undefined = await this.#inDirectory(target, () =>
      this.#fs.open(temporary, 'wx'),
    );
    const close = async () => {
      const open = handle;
      handle = undefined;
      await open?.close();
    };
    return {
      append: async (bytes) => {
        assert(handle, 'append to an object that was committed or aborted');
        await writeWhole(handle, bytes);
      },
      commit: async () => {
        assert(handle, 'commit of an object that was committed or aborted');
        await handle.sync();
        await close();
        await this.#fs.rename(temporary, target);
        await this.#syncDirectory(dirname(target));
      },
      abort: async () => {
        await close().catch(() => undefined);
        await this.#fs.unlink(temporary).catch(() => undefined);
        await this.#removeEmptyDirectories(dirname(target)).catch(() => undefined);
      },
    };
  }

  async get(key: string, signal?: AbortSignal): Promise<Uint8Array> {
    const path = this.#path(key);
    signal?.throwIfAborted();
    try {
      const buffer = await this.#fs.readFile(path, signal ? { signal } : {});
      return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
    } catch (error) {
      signal?.throwIfAborted();
      throw notFoundOr(error, key);
    }
  }

  async getRange(key: string, range: ByteRange, signal?: AbortSignal): Promise<Uint8Array> {
    const path = this.#path(key);
    signal?.throwIfAborted();
    if (range.offset < 0 || range.length < 0) throw new ObjectRangeError(key, range);
    let handle: FileHandle;
    try {
      handle = await this.#fs.open(path, 'r');
    } catch (error) {
      throw notFoundOr(error, key);
    }
    try {
      // Checked before the allocation: a wrong length must not cost its memory.
      const { size } = await handle.stat();
      if (range.offset + range.length > size) throw new ObjectRangeError(key, range);
      const bytes = new Uint8Array(range.length);
      for (let filled = 0; filled < range.length;) {
        signal?.throwIfAborted();
        const step = await handle.read(bytes, filled, range.length - filled, range.offset + filled);
        if (step.bytesRead === 0) throw new ObjectRangeError(key, range);
        filled += step.bytesRead;
      }
      return bytes;
    } catch (error) {
      throw notFoundOr(error, key);
    } finally {
      await handle.close();
    }
  }

  async list(
    prefix: string,
    options: { readonly delimiter?: '/'; readonly signal?: AbortSignal } = {},
  ): Promise<ObjectListing> {
    assertObjectPrefix(prefix);
    if (options.delimiter !== undefined) return this.#listDirectory(prefix, options.signal);
    const entries: ObjectEntry[] = [];
    await this.#walk(prefix, entries, options.signal);
    return listEntries(entries, prefix, undefined);
  }

  async delete(key: string): Promise<void> {
    const path = this.#path(key);
    try {
      await this.#fs.unlink(path);
    } catch (error) {
      if (isAbsent(error)) return;
      throw error;
    }
    await this.#syncDirectory(dirname(path)).catch(ignoreAbsent);
    await this.#removeEmptyDirectories(dirname(path));
  }

  async move(sourceKey: string, targetKey: string): Promise<void> {
    const source = this.#path(sourceKey);
    const target = this.#path(targetKey);
    try {
      // Renaming keeps the time of writing; the target shall bear the time of the move.
      const now = new Date(this.#clock.nowUnixMs());
      await this.#fs.utimes(source, now, now);
      await this.#inDirectory(target, () => this.#fs.rename(source, target), source);
    } catch (error) {
      throw notFoundOr(error, sourceKey);
    }
    await this.#syncDirectory(dirname(target));
    if (dirname(source) !== dirname(target)) {
      await this.#syncDirectory(dirname(source)).catch(ignoreAbsent);
      await this.#removeEmptyDirectories(dirname(source));
    }
  }

  #path(key: string): string {
    assertObjectKey(key);
    return join(this.#root, ...key.split('/'));
  }

  /** Runs `step` with the directory of `target` in place, again when a deletion takes it away. */
  async #inDirectory<T>(target: string, step: () => Promise<T>, source?: string): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const made = await this.#fs.mkdir(dirname(target), { recursive: true });
      try {
        const result = await step();
        if (made !== undefined) await this.#syncDirectory(dirname(made));
        return result;
      } catch (error) {
        if (!isAbsent(error) || attempt === MAX_DIRECTORY_ATTEMPTS) throw error;
        if (source !== undefined) await this.#fs.stat(source);
      }
    }
  }

  async #syncDirectory(path: string): Promise<void> {
    const handle = await this.#fs.open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  async #removeEmptyDirectories(path: string): Promise<void> {
    for (let at = path; at !== this.#root && at.startsWith(this.#root + sep); at = dirname(at)) {
      try {
        await this.#fs.rmdir(at);
      } catch (error) {
        const code = errorCode(error);
        if (code === 'ENOTEMPTY' || code === 'EEXIST') return;
        if (code !== 'ENOENT') throw error;
      }
    }
  }

  async #listDirectory(prefix: string, signal?: AbortSignal): Promise<ObjectListing> {
    const entries: ObjectEntry[] = [];
    const directories: string[] = [];
    await this.#readDirectory(prefix, entries, directories, signal);
    const prefixes: string[] = [];
    // A directory without objects is no prefix in a flat key space.
    for (const directory of directories)
      if (await this.#holdsObject(directory, signal)) prefixes.push(directory);
    return {
      objects: listEntries(entries, prefix, undefined).objects,
      prefixes: prefixes.toSorted(),
    };
  }

  async #holdsObject(prefix: string, signal?: AbortSignal): Promise<boolean> {
    const entries: ObjectEntry[] = [];
    const directories: string[] = [];
    await this.#readDirectory(prefix, entries, directories, signal);
    if (entries.length > 0) return true;
    for (const directory of directories)
      if (await this.#holdsObject(directory, signal)) return true;
    return false;
  }

  async #walk(prefix: string, entries: ObjectEntry[], signal?: AbortSignal): Promise<void> {
    const directories: string[] = [];
    await this.#readDirectory(prefix, entries, directories, signal);
    for (const directory of directories) await this.#walk(directory, entries, signal);
  }

  async #readDirectory(
    prefix: string,
    entries: ObjectEntry[],
    directories: string[],
    signal?: AbortSignal,
  ): Promise<void> {
    signal?.throwIfAborted();
    const path = join(this.#root, prefix);
    const children = await this.#fs.readdir(path, { withFileTypes: true }).catch((error) => {
      if (isAbsent(error) || errorCode(error) === 'ENOTDIR') return [];
      throw error;
    });
    for (const child of children) {
      if (child.name.startsWith(TEMPORARY_PREFIX)) continue;
      const stats = await this.#fs.stat(join(path, child.name)).catch(ignoreAbsent);
      if (stats?.isDirectory()) directories.push(`${prefix}${child.name}/`);
      else if (stats?.isFile())
        entries.push({
          key: `${prefix}${child.name}`,
          sizeBytes: stats.size,
          modifiedUnixMs: Math.floor(stats.mtimeMs),
        });
    }
  }

  async #verifyWritable(): Promise<void> {
    const probe = `verify-${Buffer.from(this.#random.bytes(8)).toString('hex')}`;
    await this.put(probe, new Uint8Array(0));
    await this.delete(probe);
  }

  async #removeAbandoned(path: string): Promise<void> {
    const children = await this.#fs.readdir(path, { withFileTypes: true }).catch(() => []);
    for (const child of children) {
      const childPath = join(path, child.name);
      if (child.isDirectory()) await this.#removeAbandoned(childPath);
      else if (child.name.startsWith(TEMPORARY_PREFIX)) {
        const stats = await this.#fs.stat(childPath).catch(() => undefined);
        if (stats && stats.mtimeMs < this.#clock.nowUnixMs() - ABANDONED_AFTER_MS)
          await this.#fs.unlink(childPath).catch(() => undefined);
      }
    }
  }
}

async function writeWhole(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  // The write needs memory of this thread alone: a shared one may not be handed to the system.
  const isShared = Object.prototype.toString.call(bytes.buffer) === '[object SharedArrayBuffer]';
  const own = isShared ? new Uint8Array(bytes) : bytes;
  for (let written = 0; written < own.length;) {
    const step = await handle.write(own, written, own.length - written);
    written += step.bytesWritten;
  }
}

function errorCode(error: unknown): string | undefined {
  return (error as { code?: string } | undefined)?.code;
}

function isAbsent(error: unknown): boolean {
  return errorCode(error) === 'ENOENT';
}

function ignoreAbsent(error: unknown): undefined {
  if (!isAbsent(error)) throw error;
  return undefined;
}

/** A directory where an object is expected is no object either. */
function notFoundOr(error: unknown, key: string): unknown {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR'
    ? new ObjectNotFoundError(key, { cause: error })
    : error;
}
