/** A disk in memory that forgets, at a power cut, what was not synced. */
import { dirname } from 'node:path';
import type { WalFile, WalFileSystem } from '../wal-file-system.ts';

interface StoredFile {
  bytes: Uint8Array;
  /** What a power cut leaves. */
  syncedBytes: Uint8Array;
}

export class MemoryWalFileSystem implements WalFileSystem {
  #names = new Map<string, StoredFile>();
  /** Names that survive a power cut. */
  #syncedNames = new Map<string, StoredFile>();
  /** How often a file was synced. */
  syncCount = 0;

  /**
   * Everything in flight is lost. `unsyncedPart` (0 … 1) of the bytes behind the synced ones reach
   * the disk nevertheless, as they may.
   */
  powerCut(unsyncedPart = 0): void {
    for (const file of this.#syncedNames.values()) {
      const unsynced = Math.max(0, file.bytes.length - file.syncedBytes.length);
      const kept = file.syncedBytes.length + Math.floor(unsynced * unsyncedPart);
      const rest = file.bytes.slice(0, kept);
      rest.set(file.syncedBytes.subarray(0, rest.length));
      file.bytes = unsynced === 0 ? file.syncedBytes.slice() : rest;
      file.syncedBytes = file.bytes.slice();
    }
    this.#names = new Map(this.#syncedNames);
  }

  /** The content of a file, to look at or to damage. */
  contentOf(path: string): Uint8Array {
    return this.#get(path).bytes;
  }

  /** Puts a file there, durable. */
  putFile(path: string, bytes: Uint8Array): void {
    const file = { bytes: bytes.slice(), syncedBytes: bytes.slice() };
    this.#names.set(path, file);
    this.#syncedNames.set(path, file);
  }

  async makeDirectory(): Promise<void> {}

  async list(path: string): Promise<readonly string[]> {
    const names = [...this.#names.keys()].filter((name) => dirname(name) === path);
    return names.map((name) => name.slice(path.length + 1));
  }

  async create(path: string): Promise<WalFile> {
    if (this.#names.has(path)) throw Object.assign(new Error('file exists'), { code: 'EEXIST' });
    const file = { bytes: new Uint8Array(0), syncedBytes: new Uint8Array(0) };
    this.#names.set(path, file);
    return this.#handle(file);
  }

  async open(path: string): Promise<WalFile> {
    return this.#handle(this.#get(path));
  }

  async remove(path: string): Promise<void> {
    this.#names.delete(path);
  }

  async link(source: string, target: string): Promise<void> {
    if (!this.#names.has(target)) this.#names.set(target, this.#get(source));
  }

  async syncDirectory(path: string): Promise<void> {
    for (const name of this.#syncedNames.keys())
      if (dirname(name) === path && !this.#names.has(name)) this.#syncedNames.delete(name);
    for (const [name, file] of this.#names)
      if (dirname(name) === path) this.#syncedNames.set(name, file);
  }

  #get(path: string): StoredFile {
    const file = this.#names.get(path);
    if (!file) throw Object.assign(new Error(`no such file: ${path}`), { code: 'ENOENT' });
    return file;
  }

  #handle(file: StoredFile): WalFile {
    return {
      write: async (buffers, position) => {
        const length = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
        const bytes = new Uint8Array(Math.max(file.bytes.length, position + length));
        bytes.set(file.bytes);
        let at = position;
        for (const buffer of buffers) {
          bytes.set(buffer, at);
          at += buffer.length;
        }
        file.bytes = bytes;
      },
      read: async (into, position) => {
        const part = file.bytes.subarray(position, position + into.length);
        into.set(part);
        return part.length;
      },
      size: async () => file.bytes.length,
      truncate: async (length) => {
        file.bytes = file.bytes.slice(0, length);
      },
      sync: async () => {
        this.syncCount += 1;
        file.syncedBytes = file.bytes.slice();
      },
      close: async () => {},
    };
  }
}
