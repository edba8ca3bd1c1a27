/** First in, first out, with a capacity: what does not fit is refused, never kept. */

/** A queue that holds at most `capacity` items. */
export class BoundedQueue<T> {
  readonly #items: T[] = [];
  readonly capacity: number;
  #head = 0;

  constructor(options: { readonly capacity: number }) {
    this.capacity = options.capacity;
  }

  /** How many items wait. */
  get length(): number {
    return this.#items.length - this.#head;
  }

  /** Appends `item`; false when the queue is full and `item` was not taken. */
  offer(item: T): boolean {
    if (this.length >= this.capacity) return false;
    this.#items.push(item);
    return true;
  }

  /** Takes the oldest item, or undefined when the queue is empty. */
  poll(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#head += 1;
    if (this.#head * 2 >= this.#items.length) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
    return item;
  }
}
