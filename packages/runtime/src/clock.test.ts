import { describe, expect, it } from '@jest/globals';
import { systemTimers } from './clock.ts';
import { VirtualClock } from './testing/virtual-clock.ts';

describe('VirtualClock', () => {
  it('fires timers in order of their time, periodic ones again and again', () => {
    const clock = new VirtualClock(0);
    const fired: string[] = [];
    clock.after(30, () => fired.push(`after@${clock.nowUnixMs()}`));
    const every = clock.every(20, () => fired.push(`every@${clock.nowUnixMs()}`));
    clock.advance(50);
    every.stop();
    clock.advance(100);
    expect(fired).toEqual(['every@20', 'after@30', 'every@40']);
  });
});

describe('systemTimers.sleep', () => {
  it('rejects with the reason when it is aborted', async () => {
    const reason = new Error('gone');
    await expect(systemTimers.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
