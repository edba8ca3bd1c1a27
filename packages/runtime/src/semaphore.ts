/** At most so many at a time; the others wait in order of arrival. */

/** Bounds how many tasks run at once, and how many may wait. */
export class Semaphore {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(options: { readonly permits: number }) {
    this.#free = options.permits;
  }

  /** Runs `task` as soon as a permit is free and gives the permit back when it settles. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
