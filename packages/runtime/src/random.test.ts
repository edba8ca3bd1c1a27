import { describe, expect, it } from '@jest/globals';
import { randomUuid } from './random.ts';
import { seededRandom } from './testing/seeded-random.ts';

describe('randomUuid', () => {
  it('is a version 4 UUID in lower case', () => {
    const random = seededRandom(1);
    const ids = Array.from({ length: 100 }, () => randomUuid(random));
    expect(new Set(ids).size).toBe(100);
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
