/** The contract of `ObjectStore`, executed against every implementation. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { ObjectStore } from '../object-store.ts';

/** A store under test and how to get rid of it. */
export interface StoreUnderTest {
  readonly store: ObjectStore;
  readonly dispose?: () => Promise<void>;
}

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString();

/** Declares the suite `name`; `create` makes an empty store for each test. */
export function describeObjectStore(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the contract of ObjectStore`, () => {
    let subject: StoreUnderTest;
    let store: ObjectStore;
    beforeEach(async () => {
      subject = await create();
      store = subject.store;
    });
    afterEach(() => subject.dispose?.());

    declareReading(() => store);
    declareWriting(() => store);
    declareListing(() => store);
    declareMoving(() => store);
  });
}

function declareReading(getStore: () => ObjectStore): void {
  it('an object reads back as written, and the caller owns what it got', async () => {
    const store = getStore();
    const given = bytesOf('hello');
    await store.put('t/b/meta.json', given);
    given.fill(0);
    const first = await store.get('t/b/meta.json');
    expect(textOf(first)).toBe('hello');
    first.fill(0);
    expect(textOf(await store.get('t/b/meta.json'))).toBe('hello');
  });

  it('a later put replaces the whole object', async () => {
    await getStore().put('t/a', bytesOf('a long first version'));
    await getStore().put('t/a', bytesOf('short'));
    expect(textOf(await getStore().get('t/a'))).toBe('short');
  });

  it('a range is exact or an error, never short', async () => {
    const store = getStore();
    await store.put('t/r', bytesOf('0123456789'));
    expect(textOf(await store.getRange('t/r', { offset: 3, length: 4 }))).toBe('3456');
    expect(textOf(await store.getRange('t/r', { offset: 0, length: 10 }))).toBe('0123456789');
    expect(await store.getRange('t/r', { offset: 10, length: 0 })).toHaveLength(0);
    for (const range of [
      { offset: 8, length: 3 },
      { offset: 11, length: 1 },
      { offset: -1, length: 2 },
      { offset: 0, length: 1e15 },
    ])
      await expect(store.getRange('t/r', range)).rejects.toMatchObject({ code: 'object_range' });
  });

  it('an absent object is not found, also when its key is a prefix of others', async () => {
    const store = getStore();
    await store.put('t/block/object', bytesOf('x'));
    for (const key of ['nothing', 't', 't/block', 't/block/object/below']) {
      const missing = { code: 'object_not_found', key };
      await expect(store.get(key)).rejects.toMatchObject(missing);
      await expect(store.getRange(key, { offset: 0, length: 1 })).rejects.toMatchObject(missing);
    }
  });

  it('an aborted signal rejects with its reason', async () => {
    const store = getStore();
    await store.put('t/a', bytesOf('x'));
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(store.get('t/a', signal)).rejects.toThrow('too late');
    await expect(store.getRange('t/a', { offset: 0, length: 1 }, signal)).rejects.toThrow(
      'too late',
    );
    await expect(store.list('', { signal })).rejects.toThrow('too late');
  });

  it('keys that climb, hide, or are no path are refused by every method', async () => {
    const store = getStore();
    const bad = ['', '/a', 'a/', 'a//b', '../a', 'a/../../b', 'a/.', '.tmp-1', 'a/.tmp-x', 'a\\b'];
    for (const key of [...bad, 'a\0b', 'x'.repeat(201), 'x/'.repeat(600) + 'x']) {
      const refused = { code: 'invalid_object_key' };
      await expect(store.put(key, bytesOf(''))).rejects.toMatchObject(refused);
      await expect(store.openWriter(key)).rejects.toMatchObject(refused);
      await expect(store.get(key)).rejects.toMatchObject(refused);
      await expect(store.getRange(key, { offset: 0, length: 0 })).rejects.toMatchObject(refused);
      await expect(store.delete(key)).rejects.toMatchObject(refused);
      await expect(store.move(key, 'a')).rejects.toMatchObject(refused);
    }
    await expect(store.list('../')).rejects.toMatchObject({ code: 'invalid_object_key' });
    await expect(store.list('half')).rejects.toMatchObject({ code: 'invalid_object_key' });
  });
}

function declareWriting(getStore: () => ObjectStore): void {
  it('pieces of a writer become one object at commit and not before', async () => {
    const store = getStore();
    const writer = await store.openWriter('t/b/data.parquet');
    const piece = bytesOf('first ');
    await writer.append(piece);
    piece.fill(0);
    await writer.append(bytesOf('second'));
    await expect(store.get('t/b/data.parquet')).rejects.toMatchObject({ code: 'object_not_found' });
    expect(await store.list('')).toEqual({ objects: [], prefixes: [] });
    await writer.commit();
    expect(textOf(await store.get('t/b/data.parquet'))).toBe('first second');
  });

  it('an aborted writer leaves nothing and keeps what was there', async () => {
    const store = getStore();
    await store.put('t/kept', bytesOf('old'));
    for (const key of ['t/kept', 't/new/deep/object']) {
      const writer = await store.openWriter(key);
      await writer.append(bytesOf('half'));
      await writer.abort();
      await writer.abort();
    }
    expect(textOf(await store.get('t/kept'))).toBe('old');
    expect((await store.list('')).objects.map((object) => object.key)).toEqual(['t/kept']);
  });

  it('deleting is final and may be repeated', async () => {
    const store = getStore();
    await store.put('t/b/one', bytesOf('1'));
    await store.put('t/b/two', bytesOf('2'));
    await store.delete('t/b/one');
    await store.delete('t/b/one');
    await store.delete('never/was');
    expect((await store.list('')).objects.map((object) => object.key)).toEqual(['t/b/two']);
    await store.delete('t/b/two');
    expect(await store.list('', { delimiter: '/' })).toEqual({ objects: [], prefixes: [] });
  });

  it('puts beside deletions in one directory all succeed', async () => {
    const store = getStore();
    const rounds = Array.from({ length: 20 }, async (_, round) => {
      await store.put(`t/b/${round}`, bytesOf('x'));
      await store.delete(`t/b/${round}`);
    });
    await Promise.all(rounds);
    expect(await store.list('')).toEqual({ objects: [], prefixes: [] });
  });
}

function declareListing(getStore: () => ObjectStore): void {
  it('a listing without delimiter has everything below the prefix, ascending, with sizes', async () => {
    const store = getStore();
    for (const key of ['b/2', 'a/x/1', 'a/2', 'a-b/3', 'root']) await store.put(key, bytesOf(key));
    const all = await store.list('');
    expect(all.prefixes).toEqual([]);
    expect(all.objects.map((object) => [object.key, object.sizeBytes])).toEqual([
      ['a-b/3', 5],
      ['a/2', 3],
      ['a/x/1', 5],
      ['b/2', 3],
      ['root', 4],
    ]);
    expect((await store.list('a/')).objects.map(({ key }) => key)).toEqual(['a/2', 'a/x/1']);
    expect(await store.list('none/')).toEqual({ objects: [], prefixes: [] });
  });

  it('a listing with delimiter has direct children and the prefixes of the others', async () => {
    const store = getStore();
    for (const key of ['b/2', 'a/x/1', 'a/y/z/1', 'a/2', 'root']) await store.put(key, bytesOf(''));
    const top = await store.list('', { delimiter: '/' });
    expect([top.objects.map(({ key }) => key), top.prefixes]).toEqual([['root'], ['a/', 'b/']]);
    const below = await store.list('a/', { delimiter: '/' });
    expect([below.objects.map(({ key }) => key), below.prefixes]).toEqual([
      ['a/2'],
      ['a/x/', 'a/y/'],
    ]);
  });

  it('any set of keys lists as that set', async () => {
    const store = getStore();
    const segment = fc.stringMatching(/^[a-zA-Z0-9_ .=+-]{1,8}$/).filter((s) => !/^\.+$/.test(s));
    const key = fc.tuple(segment, segment, segment).map((segments) => segments.join('/'));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { maxLength: 6 }), async (keys) => {
        for (const each of keys) await store.put(each, bytesOf('x'));
        const listed = (await store.list('')).objects.map((object) => object.key);
        for (const each of keys) await store.delete(each);
        expect(listed).toEqual(keys.toSorted());
      }),
      { numRuns: 15 },
    );
  });
}

function declareMoving(getStore: () => ObjectStore): void {
  it('a moved object has the new name only, the same bytes, and the time of the move', async () => {
    const store = getStore();
    await store.put('t/b/meta.json', bytesOf('meta'));
    await store.move('t/b/meta.json', 't/b/meta.compacted.json');
    expect(textOf(await store.get('t/b/meta.compacted.json'))).toBe('meta');
    const listed = (await store.list('t/')).objects;
    expect(listed.map((object) => object.key)).toEqual(['t/b/meta.compacted.json']);
    await store.move('t/b/meta.compacted.json', 'u/other/name');
    expect((await store.list('')).objects.map((object) => object.key)).toEqual(['u/other/name']);
  });

  it('moving an absent object is not found', async () => {
    const missing = { code: 'object_not_found' };
    await expect(getStore().move('t/none', 't/new')).rejects.toMatchObject(missing);
    await expect(getStore().move('t/none', 'u/new')).rejects.toMatchObject(missing);
    expect(await getStore().list('')).toEqual({ objects: [], prefixes: [] });
  });
}
