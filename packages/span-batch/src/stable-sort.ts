/** A stable merge sort of row numbers by a numeric key, without allocation per comparison. */

/** Shorter runs are sorted by insertion. */
const RUN_LENGTH = 16;

let spare = new Int32Array(0);

/**
 * Sorts `order[0 … count)` ascending by `keys[row]`. Rows with equal keys are ordered by
 * `compareTies(a, b)`; rows that are equal by that too keep their order.
 */
export function stableSort(
  order: Int32Array,
  count: number,
  keys: Float64Array,
  compareTies: (a: number, b: number) => number,
): void {
  for (let start = 0; start < count; start += RUN_LENGTH)
    insertionSort(order, start, Math.min(start + RUN_LENGTH, count), keys, compareTies);
  if (count <= RUN_LENGTH) return;
  if (spare.length < count) spare = new Int32Array(count * 2);
  let source = order;
  let target: Int32Array = spare;
  for (let width = RUN_LENGTH; width < count; width *= 2) {
    for (let start = 0; start < count; start += width * 2) {
      const middle = Math.min(start + width, count);
      merge(source, target, start, middle, Math.min(middle + width, count), keys, compareTies);
    }
    const merged = target;
    target = source;
    source = merged;
  }
  if (source !== order) order.set(source.subarray(0, count));
}

function insertionSort(
  order: Int32Array,
  start: number,
  end: number,
  keys: Float64Array,
  compareTies: (a: number, b: number) => number,
): void {
  for (let i = start + 1; i < end; i++) {
    const row = order[i]!;
    const key = keys[row]!;
    let at = i;
    while (at > start) {
      const before = order[at - 1]!;
      const keyBefore = keys[before]!;
      if (keyBefore < key || (keyBefore === key && compareTies(before, row) <= 0)) break;
      order[at] = before;
      at -= 1;
    }
    order[at] = row;
  }
}

function merge(
  source: Int32Array,
  target: Int32Array,
  start: number,
  middle: number,
  end: number,
  keys: Float64Array,
  compareTies: (a: number, b: number) => number,
): void {
  let left = start;
  let right = middle;
  for (let at = start; at < end; at++) {
    if (left === middle) target[at] = source[right++]!;
    else if (right === end) target[at] = source[left++]!;
    else {
      const a = source[left]!;
      const b = source[right]!;
      const keyA = keys[a]!;
      const keyB = keys[b]!;
      const isLeft = keyA < keyB || (keyA === keyB && compareTies(a, b) <= 0);
      if (isLeft) {
        target[at] = a;
        left += 1;
      } else {
        target[at] = b;
        right += 1;
      }
    }
  }
}
