/**
 * How many bytes of received requests are in memory: from their arrival until they are answered. What
 * does not fit is refused with a retryable error before the process runs out of memory.
 */
import { IngestError } from '@tempo-ts/ports';

/** 256 MiB: a dozen of the largest requests, many hundred of the usual size. */
export const DEFAULT_INFLIGHT_CAPACITY_BYTES = 256 * 1024 * 1024;

const RETRY_AFTER_MS = 1_000;

/** A request of the usual size; a part of the capacity is for these alone. */
const SMALL_REQUEST_BYTES = 256 * 1024;
/** What larger requests leave free: clients that send them slowly must not keep everybody else out. */
const PART_FOR_SMALL_REQUESTS = 1 / 8;

/** What one request holds. */
export interface HeldBytes {
  /** Holds `byteLength` more; throws IngestError `unavailable` when they do not fit. */
  grow(byteLength: number): void;
  /** Gives everything back. */
  release(): void;
}

/** A budget of bytes shared by the receivers of a process. */
export class InflightBytes {
  readonly #capacityBytes: number;
  #heldBytes = 0;

  constructor(options: { readonly capacityBytes?: number } = {}) {
    this.#capacityBytes = options.capacityBytes ?? DEFAULT_INFLIGHT_CAPACITY_BYTES;
  }

  /** Bytes in memory now. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Begins a request, which holds nothing yet. */
  begin(): HeldBytes {
    let own = 0;
    return {
      grow: (byteLength) => {
        this.#refuseBeyondCapacity(byteLength, own);
        own += byteLength;
        this.#heldBytes += byteLength;
      },
      release: () => {
        this.#heldBytes -= own;
        own = 0;
      },
    };
  }

  #refuseBeyondCapacity(byteLength: number, own: number): void {
    // A request that is alone always fits: its own size limit applies.
    const isSmall = own + byteLength <= SMALL_REQUEST_BYTES;
    const capacityBytes = this.#capacityBytes * (isSmall ? 1 : 1 - PART_FOR_SMALL_REQUESTS);
    if (this.#heldBytes === own || this.#heldBytes + byteLength <= capacityBytes) return;
    const message = `receivers hold ${this.#heldBytes} bytes of unanswered requests, another ${byteLength} exceed ${capacityBytes}`;
    throw new IngestError('unavailable', message, { retryAfterMs: RETRY_AFTER_MS });
  }
}
