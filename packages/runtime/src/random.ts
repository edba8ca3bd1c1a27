/** Chance, as a value that tests can replace by a seeded sequence. */
import { randomBytes } from 'node:crypto';

/** A source of random values. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** `length` random bytes, owned by the caller. */
  bytes(length: number): Uint8Array;
}

/** The operating system's randomness. */
export const systemRandom: Random = {
  next: () => Math.random(),
  bytes: (length) => new Uint8Array(randomBytes(length)),
};

/** A random (version 4) UUID in lower-case 8-4-4-4-12 form. */
export function randomUuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
