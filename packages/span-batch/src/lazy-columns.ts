/** Objects whose columns are made when they are first looked at, once. */

/** A value, or how to make it. Column values are never functions themselves. */
export type Lazily<T> = { readonly [K in keyof T]: T[K] | (() => T[K]) };

/**
 * An object with these columns. A column given as a function is made on first access and kept; the
 * function is let go then. Copying the object (posting it to another thread) makes all of them.
 */
export function lazyColumns<T extends object>(columns: Lazily<T>): T {
  const made = {} as T;
  for (const key of Object.keys(columns) as (keyof T & string)[]) {
    const given = columns[key];
    if (typeof given !== 'function') {
      made[key] = given as T[typeof key];
      continue;
    }
    const make = given as () => T[typeof key];
    Object.defineProperty(made, key, {
      configurable: true,
      enumerable: true,
      get: () => {
        const value = make();
        Object.defineProperty(made, key, { configurable: true, enumerable: true, value });
        return value;
      },
    });
  }
  return made;
}

/** Makes every column of a lazy object and of the objects in it, so that nothing it came from stays. */
export function materialize<T extends object>(columns: T): T {
  for (const value of Object.values(columns) as unknown[])
    if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value))
      materialize(value);
  return columns;
}
