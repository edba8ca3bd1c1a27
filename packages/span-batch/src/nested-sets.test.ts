import { describe, expect, it } from '@jest/globals';
import { computeNestedSets } from './nested-sets.ts';
import type { BytesColumn } from './span-batch.ts';

const SERVER = 2;
const CLIENT = 3;

/** Id of a span, of its parent (0: none), kind. */
type Relation = readonly [id: number, parent: number, kind?: number];

function columnOf(ids: readonly number[]): BytesColumn {
  const offsets = [0];
  const bytes: number[] = [];
  for (const id of ids) {
    if (id !== 0) bytes.push(0, 0, 0, 0, 0, 0, 0, id);
    offsets.push(bytes.length);
  }
  return { bytes: Uint8Array.from(bytes), offsets: Int32Array.from(offsets) };
}

/** `[left, right, parent]` of each span; traces begin at `starts`. */
function numbersOf(
  relations: readonly Relation[],
  starts: readonly number[] = [0, relations.length],
): number[][] {
  const { lefts, rights, parents } = computeNestedSets(
    {
      ids: columnOf(relations.map(([id]) => id)),
      parentIds: columnOf(relations.map(([, parent]) => parent)),
      kinds: Int32Array.from(relations, ([, , kind]) => kind ?? 1),
    },
    Int32Array.from(starts),
  );
  return relations.map((_, i) => [lefts[i]!, rights[i]!, parents[i]!]);
}

const NONE = [0, 0, 0];

describe('computeNestedSets', () => {
  it('numbers children in stored order', () => {
    expect(
      numbersOf([
        [3, 2],
        [2, 1],
        [1, 0],
        [4, 1],
      ]),
    ).toEqual([
      [3, 4, 2],
      [2, 5, 1],
      [1, 8, -1],
      [6, 7, 1],
    ]);
  });

  it('runs one counter through all roots', () => {
    expect(
      numbersOf([
        [1, 0],
        [2, 0],
        [3, 2],
      ]),
    ).toEqual([
      [1, 2, -1],
      [3, 6, -1],
      [4, 5, 3],
    ]);
  });

  it('begins anew with every trace', () => {
    const trace: Relation[] = [
      [1, 0],
      [2, 1],
    ];
    expect(numbersOf([...trace, ...trace], [0, 2, 4])).toEqual([
      [1, 4, -1],
      [2, 3, 1],
      [1, 4, -1],
      [2, 3, 1],
    ]);
  });

  it('leaves spans that no root reaches, cycles among them, without numbers', () => {
    expect(
      numbersOf([
        [1, 0],
        [2, 9],
        [3, 4],
        [4, 3],
        [5, 5],
      ]),
    ).toEqual([[1, 2, -1], NONE, NONE, NONE, NONE]);
  });

  it('leaves a trace without a root, or with an id three times, without numbers', () => {
    expect(numbersOf([[1, 2]])).toEqual([NONE]);
    expect(
      numbersOf([
        [1, 0],
        [2, 1],
        [2, 1, SERVER],
        [2, 1, CLIENT],
      ]),
    ).toEqual([NONE, NONE, NONE, NONE]);
  });

  it('attaches a server to the client, and others to the server, of two with the same id', () => {
    expect(
      numbersOf([
        [1, 0, CLIENT],
        [1, 0, SERVER],
        [2, 1, SERVER],
        [3, 1],
      ]),
    ).toEqual([
      [1, 4, -1],
      [5, 8, -1],
      [2, 3, 1],
      [6, 7, 5],
    ]);
  });

  it('knows no parent when neither of two is of the kind that fits', () => {
    expect(
      numbersOf([
        [1, 0, CLIENT],
        [1, 0, CLIENT],
        [3, 1],
      ]),
    ).toEqual([[1, 2, -1], [3, 4, -1], NONE]);
  });
});
