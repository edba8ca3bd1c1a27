/**
 * The few things the log asks of a file system, so that tests can put faults and power cuts in
 * their way. Failures reject with the operating system's error (its `code` matters).
 */
import { link, mkdir, open, readdir, unlink, type FileHandle } from 'node:fs/promises';

/** An open file. */
export interface WalFile {
  /** Writes all bytes of `buffers`, one behind the other, from `position` on. */
  write(buffers: readonly Uint8Array[], position: number): Promise<void>;
  /** Reads up to `into.length` bytes from `position` on; fewer only at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  size(): Promise<number>;
  truncate(length: number): Promise<void>;
  /** When it resolves, everything written, and the length, survive a power cut. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface WalFileSystem {
  /** Makes the directory and its parents; does nothing when it exists. */
  makeDirectory(path: string): Promise<void>;
  /** Names in a directory; empty when it does not exist or is a file. */
  list(path: string): Promise<readonly string[]>;
  /** A new, empty file; rejects with EEXIST when the name is taken. */
  create(path: string): Promise<WalFile>;
  /** An existing file, for reading and truncating. */
  open(path: string): Promise<WalFile>;
  /** Does nothing when there is no such file. */
  remove(path: string): Promise<void>;
  /** A second name for a file; does nothing when that name exists. */
  link(source: string, target: string): Promise<void>;
  /** When it resolves, names made, changed and removed in the directory survive a power cut. */
  syncDirectory(path: string): Promise<void>;
}

/** The machine's disks. */
export const systemWalFileSystem: WalFileSystem = {
  async makeDirectory(path) {
    await mkdir(path, { recursive: true });
  },
  async list(path) {
    try {
      return await readdir(path);
    } catch (error) {
      if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return [];
      throw error;
    }
  },
  async create(path) {
    return new HandleFile(await open(path, 'wx+'));
  },
  async open(path) {
    return new HandleFile(await open(path, 'r+'));
  },
  async remove(path) {
    try {
      await unlink(path);
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  },
  async link(source, target) {
    try {
      await link(source, target);
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
  },
  async syncDirectory(path) {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

class HandleFile implements WalFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(buffers: readonly Uint8Array[], position: number): Promise<void> {
    let pending = [...buffers];
    let at = position;
    while (pending.length > 0) {
      const { bytesWritten } = await this.#handle.writev(pending, at);
      at += bytesWritten;
      pending = withoutFirst(pending, bytesWritten);
    }
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let filled = 0;
    while (filled < into.length) {
      const { bytesRead } = await this.#handle.read(
        into,
        filled,
        into.length - filled,
        position + filled,
      );
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled;
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  truncate(length: number): Promise<void> {
    return this.#handle.truncate(length);
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** `buffers` without their first `byteLength` bytes and without empty buffers. */
function withoutFirst(buffers: readonly Uint8Array[], byteLength: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let skip = byteLength;
  for (const buffer of buffers) {
    if (skip >= buffer.length) skip -= buffer.length;
    else {
      rest.push(skip === 0 ? buffer : buffer.subarray(skip));
      skip = 0;
    }
  }
  return rest;
}

function hasCode(error: unknown, code: string): boolean {
  return (error as { readonly code?: unknown } | undefined)?.code === code;
}
