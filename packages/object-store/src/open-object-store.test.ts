import { describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemRandom } from '@tempo-ts/runtime';
import { VirtualClock } from '@tempo-ts/runtime/testing';
import { createMetricsRegistry } from '@tempo-ts/telemetry';
import { CountingObjectStore } from './counting-object-store.ts';
import { MemoryObjectStore } from './memory-object-store.ts';
import { openObjectStore } from './open-object-store.ts';
import { FaultyObjectStore } from './testing/faulty-object-store.ts';
import { describeObjectStore } from './testing/object-store-contract.ts';

const NAME = 'tempodb_backend_request_duration_seconds';

describeObjectStore('CountingObjectStore', async () => ({
  store: new CountingObjectStore(new MemoryObjectStore({ clock: systemClock }), {
    clock: systemClock,
    metrics: createMetricsRegistry(),
  }),
}));

describe('openObjectStore', () => {
  const options = { clock: systemClock, random: systemRandom, metrics: createMetricsRegistry() };

  it('opens the local backend', async () => {
    const path = await mkdtemp(join(tmpdir(), 'object-store-'));
    const store = await openObjectStore({ backend: 'local', local: { path } }, options);
    await store.put('a/b', new Uint8Array([1]));
    expect(await store.get('a/b')).toEqual(new Uint8Array([1]));
    await rm(path, { recursive: true });
  });

  it.each([
    ['s3', 'backend s3 is not available yet in this build'],
    ['gcs', 'backend gcs is not available yet in this build'],
    ['azure', 'backend azure is not available yet in this build'],
    ['', 'storage.trace.backend is not set'],
    ['tape', 'storage.trace.backend "tape" is unknown'],
  ])('backend %p is refused by name', async (backend, message) => {
    const config = { backend, local: { path: '' } };
    await expect(openObjectStore(config, options)).rejects.toThrow(message);
  });
});

describe('CountingObjectStore', () => {
  it('observes each request with its verb and outcome', async () => {
    const metrics = createMetricsRegistry();
    const memory = new MemoryObjectStore({ clock: systemClock });
    const faulty = new FaultyObjectStore(memory, { failAt: 4 });
    const store = new CountingObjectStore(faulty, { clock: new VirtualClock(), metrics });
    await store.put('a', new Uint8Array(7));
    await store.getRange('a', { offset: 1, length: 3 });
    await expect(store.get('b')).rejects.toThrow('not found');
    await expect(store.delete('a')).rejects.toThrow('injected');
    const text = await metrics.render();
    for (const [operation, status] of [
      ['PUT', '200'],
      ['GET', '206'],
      ['GET', '404'],
      ['DELETE', '500'],
    ])
      expect(text).toContain(`${NAME}_count{operation="${operation}",status_code="${status}"} 1`);
    expect(await metrics.value('tempodb_backend_request_bytes_total', { operation: 'GET' })).toBe(
      3,
    );
  });
});
