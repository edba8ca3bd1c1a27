/** Where pages end: at the same rows in all columns, so that rows are found in every column alike. */
import type { Repeated } from './native-levels.ts';

/** What a page holds at most; a row that is larger has a page of its own. */
export interface PageLimits {
  readonly maxRows: number;
  /** Elements of any list. */
  readonly maxElements: number;
  /** Lower bounds for lists whose elements are large, by path of the list in the schema. */
  readonly maxElementsOf?: Readonly<Record<string, number>>;
}

/** A list and its path. */
export interface BoundedList {
  readonly path: string;
  readonly elements: Repeated;
}

/** The first row of each page, and the number of rows behind the last one. */
export function cutPages(
  rowCount: number,
  lists: readonly BoundedList[],
  limits: PageLimits,
): readonly number[] {
  const bounds = lists.map(({ path, elements }) => ({
    elements,
    max: limits.maxElementsOf?.[path] ?? limits.maxElements,
  }));
  const cuts = [0];
  for (let start = 0; start < rowCount;) {
    let end = Math.min(rowCount, start + limits.maxRows);
    for (const { elements, max } of bounds) end = lastFit(elements, start, end, max);
    cuts.push(end);
    start = end;
  }
  return cuts;
}

/** The greatest row up to `end` so that no more than `max` elements are before it; `start + 1` at least. */
function lastFit(elements: Repeated, start: number, end: number, max: number): number {
  const before = elements.firstElementOf(start);
  if (elements.firstElementOf(end) - before <= max) return end;
  let fits = start + 1;
  let tooFar = end;
  while (tooFar - fits > 1) {
    const middle = (fits + tooFar) >> 1;
    if (elements.firstElementOf(middle) - before <= max) fits = middle;
    else tooFar = middle;
  }
  return fits;
}
