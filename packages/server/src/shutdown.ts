/** The wish to end the process, wherever it comes from: a signal, `/shutdown`, a broken module. */

/** Asked for once; later requests change nothing. */
export class ShutdownRequest {
  readonly #requested: Promise<string>;
  #resolve: (reason: string) => void = () => {};
  #reason: string | undefined;

  constructor() {
    this.#requested = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Asks for the end and returns at once; `reason` is logged. */
  request(reason: string): void {
    this.#reason ??= reason;
    this.#resolve(reason);
  }

  /** Why, once asked for. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Resolves with the reason when the end is asked for. */
  get requested(): Promise<string> {
    return this.#requested;
  }
}
