import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BoundedQueue } from './bounded-queue.ts';

describe('BoundedQueue', () => {
  it('behaves like an array that refuses what exceeds its capacity', () => {
    const steps = fc.array(fc.oneof(fc.constant('poll' as const), fc.integer()));
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 5 }), (actions, capacity) => {
        const queue = new BoundedQueue<number>({ capacity });
        const model: number[] = [];
        for (const action of actions) {
          if (action === 'poll') expect(queue.poll()).toBe(model.shift());
          else if (queue.offer(action)) model.push(action);
          else expect(model).toHaveLength(capacity);
          expect(queue.length).toBe(model.length);
        }
      }),
    );
  });
});
