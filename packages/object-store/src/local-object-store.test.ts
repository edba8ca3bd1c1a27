import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemRandom } from '@tempo-ts/runtime';
import { VirtualClock } from '@tempo-ts/runtime/testing';
import { LocalObjectStore, type LocalFileSystem } from './local-object-store.ts';
import { describeObjectStore } from './testing/object-store-contract.ts';

const makeRoot = () => fs.mkdtemp(join(tmpdir(), 'object-store-'));

describeObjectStore('LocalObjectStore', async () => {
  const path = await makeRoot();
  const store = await LocalObjectStore.open({ path, clock: systemClock, random: systemRandom });
  return { store, dispose: () => fs.rm(path, { recursive: true }) };
});

/** The real disk, whose call number `failAt` (from 1) fails. */
function faultyFileSystem(failAt: () => number): {
  fileSystem: LocalFileSystem;
  calls: () => number;
} {
  let calls = 0;
  const guard =
    <A extends unknown[], R>(name: string, call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      calls += 1;
      if (calls === failAt())
        throw Object.assign(new Error(`injected in ${name}`), { code: 'EIO' });
      return call(...args);
    };
  const open = guard('open', async (...args: Parameters<typeof fs.open>) => {
    const handle = await fs.open(...args);
    for (const method of ['write', 'sync'] as const) {
      const original = (handle[method] as (...a: unknown[]) => Promise<unknown>).bind(handle);
      Object.defineProperty(handle, method, { value: guard(method, original) });
    }
    return handle;
  });
  const guarded = Object.fromEntries(
    (['mkdir', 'readdir', 'readFile', 'rename', 'rmdir', 'stat', 'unlink', 'utimes'] as const).map(
      (name) => [name, guard(name, fs[name] as (...args: unknown[]) => Promise<unknown>)],
    ),
  );
  return { fileSystem: { ...guarded, open } as unknown as LocalFileSystem, calls: () => calls };
}

describe('LocalObjectStore', () => {
  let path: string;
  beforeEach(async () => {
    path = await makeRoot();
  });
  afterEach(() => fs.rm(path, { recursive: true, force: true }));

  it('a write that fails at any call of the disk leaves the whole old or the whole new object', async () => {
    let failAt = 0;
    for (let step = 1; ; step++) {
      failAt = 0;
      const disk = faultyFileSystem(() => failAt);
      const store = await LocalObjectStore.open({
        path: join(path, String(step)),
        clock: systemClock,
        random: systemRandom,
        fileSystem: disk.fileSystem,
      });
      await store.put('t/b/old', Buffer.from('old'));
      failAt = disk.calls() + step;
      const failed = await store.put('t/b/old', Buffer.from('new')).then(
        () => false,
        () => true,
      );
      failAt = 0;
      expect(['old', 'new']).toContain(Buffer.from(await store.get('t/b/old')).toString());
      expect((await store.list('')).objects.map((object) => object.key)).toEqual(['t/b/old']);
      const files = await fs.readdir(join(path, String(step), 't/b'));
      expect(files).toEqual(['old']);
      if (!failed) {
        expect(step).toBeGreaterThan(5);
        break;
      }
    }
  });

  it('a new object is fsynced before it is renamed, and the directory after', async () => {
    const events: string[] = [];
    const fileSystem: LocalFileSystem = {
      ...fs,
      open: async (file, flags) => {
        const handle = await fs.open(file, flags);
        const sync = handle.sync.bind(handle);
        const kind = (await handle.stat()).isDirectory() ? 'directory' : 'file';
        Object.defineProperty(handle, 'sync', {
          value: () => {
            events.push(`sync ${kind}`);
            return sync();
          },
        });
        return handle;
      },
      rename: (from, to) => {
        events.push('rename');
        return fs.rename(from, to);
      },
    };
    const options = { path, clock: systemClock, random: systemRandom, fileSystem };
    const store = await LocalObjectStore.open(options);
    await store.put('a', Buffer.from('x'));
    events.splice(0);
    await store.put('b', Buffer.from('x'));
    expect(events).toEqual(['sync file', 'rename', 'sync directory']);
  });

  it('opening removes temporary files of writers gone for a day and no others', async () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 10));
    await fs.mkdir(join(path, 't/b'), { recursive: true });
    for (const [name, day] of [
      ['.tmp-old', 8],
      ['.tmp-young', 10],
      ['object', 1],
    ] as const) {
      await fs.writeFile(join(path, 't/b', name), '');
      const time = new Date(Date.UTC(2026, 0, day));
      await fs.utimes(join(path, 't/b', name), time, time);
    }
    await LocalObjectStore.open({ path, clock, random: systemRandom });
    expect((await fs.readdir(join(path, 't/b'))).toSorted()).toEqual(['.tmp-young', 'object']);
  });

  it('a moved object bears the time of the move', async () => {
    const clock = new VirtualClock(Date.UTC(2026, 5, 1));
    const store = await LocalObjectStore.open({ path, clock, random: systemRandom });
    await store.put('a', Buffer.from('x'));
    await store.move('a', 'b');
    expect((await store.list('')).objects[0]?.modifiedUnixMs).toBe(Date.UTC(2026, 5, 1));
  });

  it('a directory that cannot be used stops the start', async () => {
    await fs.writeFile(join(path, 'file'), '');
    const options = { clock: systemClock, random: systemRandom };
    await expect(LocalObjectStore.open({ ...options, path: '' })).rejects.toThrow(
      'storage.trace.local.path is empty',
    );
    await expect(LocalObjectStore.open({ ...options, path: join(path, 'file/x') })).rejects.toThrow(
      'cannot be written to',
    );
  });
});
