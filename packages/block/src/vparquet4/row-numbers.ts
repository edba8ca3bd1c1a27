/** Numbers of rows: of parents, and of rows that are looked up. */

/** The parent of each of `count` children. */
export function parentsOf(offsets: Int32Array, count: number): Int32Array {
  const parents = new Int32Array(count);
  for (let parent = 0; parent < offsets.length - 1; parent++)
    parents.fill(parent, offsets[parent], offsets[parent + 1]);
  return parents;
}

/** The values at `rows`. */
export function pick(values: Int32Array, rows: Int32Array): Int32Array {
  const picked = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) picked[i] = values[rows[i]!]!;
  return picked;
}

/** The numbers 0 … `count - 1`. */
export function identity(count: number): Int32Array {
  const rows = new Int32Array(count);
  for (let i = 0; i < count; i++) rows[i] = i;
  return rows;
}
