import { describe, expect, it } from '@jest/globals';
import { Semaphore } from './semaphore.ts';

describe('Semaphore', () => {
  it('runs at most `permits` tasks at once, the others in order of arrival', async () => {
    const semaphore = new Semaphore({ permits: 2 });
    const order: number[] = [];
    let running = 0;
    let most = 0;
    await Promise.all(
      [0, 1, 2, 3, 4].map((task) =>
        semaphore.run(async () => {
          order.push(task);
          running += 1;
          most = Math.max(most, running);
          await new Promise((resolve) => setImmediate(resolve));
          running -= 1;
        }),
      ),
    );
    expect({ order, most }).toEqual({ order: [0, 1, 2, 3, 4], most: 2 });
  });

  it('gives the permit back when a task fails', async () => {
    const semaphore = new Semaphore({ permits: 1 });
    await expect(semaphore.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(semaphore.run(() => Promise.resolve(7))).resolves.toBe(7);
  });
});
