/** Which spans of a trace were met: a span is known by the first 8 bytes of its id and its kind. */

/** Kinds outside OTLP's count as unspecified, as in Tempo. */
const KIND_COUNT = 6;

export class SpanIdentities {
  #slots = new Int32Array(64);
  #lows = new Int32Array(32);
  #highs = new Int32Array(32);
  #kinds = new Int32Array(32);
  /** Piece in which the identity was met last, and how often in that piece. */
  #pieces = new Int32Array(32);
  #timesInPiece = new Int32Array(32);
  #timesKept = new Int32Array(32);
  #mask = 0;
  #count = 0;

  /** Forgets everything and makes room for `spanCount` spans. */
  reset(spanCount: number): void {
    let slots = 64;
    while (slots < spanCount * 2) slots *= 2;
    if (slots > this.#slots.length) {
      this.#slots = new Int32Array(slots);
      this.#lows = new Int32Array(slots / 2);
      this.#highs = new Int32Array(slots / 2);
      this.#kinds = new Int32Array(slots / 2);
      this.#pieces = new Int32Array(slots / 2);
      this.#timesInPiece = new Int32Array(slots / 2);
      this.#timesKept = new Int32Array(slots / 2);
    }
    this.#slots.fill(-1, 0, slots);
    this.#mask = slots - 1;
    this.#count = 0;
  }

  /**
   * Whether a span of this piece is new: pieces come one after the other, and the n-th span of an
   * identity in a piece is the same as the n-th in any other.
   */
  isNew(low: number, high: number, kind: number, piece: number): boolean {
    const knownKind = kind >= 0 && kind < KIND_COUNT ? kind : 0;
    const identity = this.#find(low, high, knownKind);
    if (this.#pieces[identity] !== piece) {
      this.#pieces[identity] = piece;
      this.#timesInPiece[identity] = 0;
    }
    const times = this.#timesInPiece[identity]! + 1;
    this.#timesInPiece[identity] = times;
    if (times <= this.#timesKept[identity]!) return false;
    this.#timesKept[identity] = times;
    return true;
  }

  #find(low: number, high: number, kind: number): number {
    let hash = Math.imul(low ^ Math.imul(high, 0x85ebca6b) ^ kind, 0x9e3779b1);
    hash ^= hash >>> 15;
    let slot = hash & this.#mask;
    for (;;) {
      const identity = this.#slots[slot]!;
      if (identity < 0) return this.#add(low, high, kind, slot);
      if (
        this.#lows[identity] === low &&
        this.#highs[identity] === high &&
        this.#kinds[identity] === kind
      )
        return identity;
      slot = (slot + 1) & this.#mask;
    }
  }

  #add(low: number, high: number, kind: number, slot: number): number {
    const identity = this.#count++;
    this.#slots[slot] = identity;
    this.#lows[identity] = low;
    this.#highs[identity] = high;
    this.#kinds[identity] = kind;
    this.#pieces[identity] = -1;
    this.#timesInPiece[identity] = 0;
    this.#timesKept[identity] = 0;
    return identity;
  }
}

/** Four bytes of the id `bytes[start … end)` from `start + at` on, big-endian; missing ones are 0. */
export function idWord(bytes: Uint8Array, start: number, end: number, at: number): number {
  const from = start + at;
  if (from + 4 <= end)
    return (
      (bytes[from]! << 24) | (bytes[from + 1]! << 16) | (bytes[from + 2]! << 8) | bytes[from + 3]!
    );
  let word = 0;
  for (let i = 0; from + i < end && i < 4; i++) word |= bytes[from + i]! << (24 - i * 8);
  return word;
}
