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
  let start = 0;
  for (let row = 1; row < rowCount; row++) {
    const isFull =
      row - start >= limits.maxRows ||
      bounds.some(
        ({ elements, max }) =>
          elements.firstElementOf(row + 1) - elements.firstElementOf(start) > max,
      );
    if (!isFull) continue;
    cuts.push(row);
    start = row;
  }
  cuts.push(rowCount);
  return cuts;
}
