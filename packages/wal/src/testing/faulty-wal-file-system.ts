/** A disk that fails when a test says so. */
import type { WalFile, WalFileSystem } from '../wal-file-system.ts';

/** Calls that can fail, in the words of the ports. */
export type WalCall =
  | 'makeDirectory'
  | 'list'
  | 'create'
  | 'open'
  | 'remove'
  | 'link'
  | 'syncDirectory'
  | 'write'
  | 'read'
  | 'size'
  | 'truncate'
  | 'sync'
  | 'close';

/** The error to fail `call` with (its number among all calls, from 0), or undefined to let it be. */
export type WalFault = (call: WalCall, number: number) => Error | undefined;

/** An error with the code of an operating system's error. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

/** `inner` with faults; a failing write leaves half of its first buffer behind, as a disk may. */
export class FaultyWalFileSystem implements WalFileSystem {
  readonly #inner: WalFileSystem;
  #fault: WalFault = () => undefined;
  #calls = 0;

  constructor(inner: WalFileSystem) {
    this.#inner = inner;
  }

  /** From now on calls, counted from 0, fail as `fault` says. */
  failWith(fault: WalFault): void {
    this.#fault = fault;
    this.#calls = 0;
  }

  async makeDirectory(path: string): Promise<void> {
    this.#check('makeDirectory');
    await this.#inner.makeDirectory(path);
  }

  async list(path: string): Promise<readonly string[]> {
    this.#check('list');
    return this.#inner.list(path);
  }

  async create(path: string): Promise<WalFile> {
    this.#check('create');
    return this.#wrap(await this.#inner.create(path));
  }

  async open(path: string): Promise<WalFile> {
    this.#check('open');
    return this.#wrap(await this.#inner.open(path));
  }

  async remove(path: string): Promise<void> {
    this.#check('remove');
    await this.#inner.remove(path);
  }

  async link(source: string, target: string): Promise<void> {
    this.#check('link');
    await this.#inner.link(source, target);
  }

  async syncDirectory(path: string): Promise<void> {
    this.#check('syncDirectory');
    await this.#inner.syncDirectory(path);
  }

  #check(call: WalCall): void {
    const error = this.#fault(call, this.#calls);
    this.#calls += 1;
    if (error) throw error;
  }

  #wrap(file: WalFile): WalFile {
    return {
      write: async (buffers, position) => {
        try {
          this.#check('write');
        } catch (error) {
          const first = buffers[0];
          if (first) await file.write([first.subarray(0, first.length >> 1)], position);
          throw error;
        }
        await file.write(buffers, position);
      },
      read: async (into, position) => {
        this.#check('read');
        return file.read(into, position);
      },
      size: async () => {
        this.#check('size');
        return file.size();
      },
      truncate: async (length) => {
        this.#check('truncate');
        await file.truncate(length);
      },
      sync: async () => {
        this.#check('sync');
        await file.sync();
      },
      close: async () => {
        this.#check('close');
        await file.close();
      },
    };
  }
}
