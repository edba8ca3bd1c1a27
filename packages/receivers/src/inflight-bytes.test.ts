import { describe, expect, it } from '@jest/globals';
import { InflightBytes } from './inflight-bytes.ts';

const MIB = 1024 * 1024;

describe('InflightBytes', () => {
  it('takes no more than its capacity, and all of it again after a release', () => {
    const inflight = new InflightBytes({ capacityBytes: 100 });
    const first = inflight.begin();
    first.grow(60);
    expect(() => inflight.begin().grow(50)).toThrow(
      'receivers hold 60 bytes of unanswered requests, another 50 exceed 100',
    );
    first.release();
    expect(inflight.heldBytes).toBe(0);
    expect(() => inflight.begin().grow(100)).not.toThrow();
  });

  it('a request that is alone always fits', () => {
    const inflight = new InflightBytes({ capacityBytes: 100 });
    expect(() => inflight.begin().grow(1000)).not.toThrow();
  });

  it('requests of the usual size find room beside any number of large ones', () => {
    const inflight = new InflightBytes({ capacityBytes: 80 * MIB });
    for (let number = 0; number < 7; number++) inflight.begin().grow(10 * MIB);
    expect(() => inflight.begin().grow(MIB)).toThrow('exceed');
    expect(() => inflight.begin().grow(100_000)).not.toThrow();
  });
});
