/** A string that does not show itself: passwords, keys, tokens. */

/** What a secret prints instead of its value. */
export const REDACTED = '<redacted>';

/** Holds a value that logs, `/status/config` and error messages must never show. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself; call it where the secret is used, never to print it. */
  reveal(): string {
    return this.#value;
  }

  /** True when nothing was configured. */
  get isEmpty(): boolean {
    return this.#value === '';
  }

  toString(): string {
    return this.isEmpty ? '' : REDACTED;
  }

  toJSON(): string {
    return this.toString();
  }

  /** What `console.log` and `util.inspect` show. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}
