import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '@tempo-ts/runtime/testing';
import { BytesInFlight } from './bytes-in-flight.ts';

function setUp() {
  const clock = new VirtualClock();
  const inFlight = new BytesInFlight({ maxBytesInFlight: 100, maxWaitMs: 5_000, timers: clock });
  const log: string[] = [];
  const reserve = (name: string, byteLength: number, options?: { patient?: boolean }) =>
    inFlight.reserve(byteLength, options).then(
      () => log.push(name),
      (error: unknown) => log.push(`${name}: ${(error as Error).message}`),
    );
  return { clock, inFlight, reserve, log };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 10; i += 1) await Promise.resolve();
}

describe('BytesInFlight', () => {
  it('lets pushes wait for room, in order', async () => {
    const { inFlight, reserve, log } = setUp();
    void reserve('a', 60);
    void reserve('b', 50);
    void reserve('c', 10);
    await settle();
    expect(log).toEqual(['a']);
    inFlight.release(60);
    await settle();
    expect(log).toEqual(['a', 'b', 'c']);
    expect(inFlight.bytes).toBe(60);
  });

  it('refuses as retryable after a while, with what is in the way', async () => {
    const { clock, inFlight, reserve, log } = setUp();
    void reserve('a', 60);
    void reserve('b', 50);
    clock.advance(4_999);
    await settle();
    expect(log).toEqual(['a']);
    clock.advance(1);
    await settle();
    expect(log[1]).toBe('b: 60 bytes wait to be indexed, limit 100 (maxBytesInFlight)');
    await expect(inFlight.reserve(101)).rejects.toMatchObject({ code: 'unavailable' });
    inFlight.release(60);
    void reserve('c', 100);
    await settle();
    expect(log[2]).toBe('c');
  });

  it('lets no more wait than may be in flight, except who is patient', async () => {
    const { clock, inFlight, reserve, log } = setUp();
    void reserve('a', 100);
    void reserve('b', 100);
    void reserve('c', 1);
    void reserve('replay', 50, { patient: true });
    await settle();
    expect(log).toEqual(['a', 'c: 100 bytes wait to be indexed, limit 100 (maxBytesInFlight)']);
    clock.advance(60_000);
    await settle();
    expect(log).toHaveLength(3);
    inFlight.release(100);
    await settle();
    expect(log.at(-1)).toBe('replay');
  });

  it('one push finds room, however large, when nothing else is in flight', async () => {
    const { reserve, log } = setUp();
    void reserve('a', 1_000);
    await settle();
    expect(log).toEqual(['a']);
  });

  it('when all is lost, nothing is in flight and who waits is told so', async () => {
    const { inFlight, reserve, log } = setUp();
    void reserve('a', 100);
    void reserve('b', 10);
    inFlight.reset('lost');
    await settle();
    expect(log).toEqual(['a', 'b: lost']);
    expect(inFlight.bytes).toBe(0);
  });
});
