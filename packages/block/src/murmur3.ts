/**
 * MurmurHash3, x64 variant, 128 bits, seed 0 (Austin Appleby, public domain).
 *
 * 64-bit words are two 32-bit ones: with bigints the filter of a block cost as much as a tenth of
 * encoding it.
 */

/** A 64-bit word that functions below change in place. */
interface Word {
  high: number;
  low: number;
}

const C1: Readonly<Word> = { high: 0x87c37b91 | 0, low: 0x114253d5 };
const C2: Readonly<Word> = { high: 0x4cf5ad43, low: 0x2745937f };
const FINAL1: Readonly<Word> = { high: 0xff51afd7 | 0, low: 0xed558ccd | 0 };
const FINAL2: Readonly<Word> = { high: 0xc4ceb9fe | 0, low: 0x1a85ec53 };

/** Both halves of the hash of `bytes`. */
export function murmur3(bytes: Uint8Array): readonly [bigint, bigint] {
  const blockCount = bytes.length >> 4;
  const h1: Word = { high: 0, low: 0 };
  const h2: Word = { high: 0, low: 0 };
  const word: Word = { high: 0, low: 0 };
  for (let block = 0; block < blockCount; block++) {
    load(word, bytes, block * 16, block * 16 + 8);
    mixFirst(word);
    xor(h1, word);
    rotate(h1, 27);
    add(h1, h2.high, h2.low);
    timesFive(h1);
    add(h1, 0, 0x52dce729);
    load(word, bytes, block * 16 + 8, block * 16 + 16);
    mixSecond(word);
    xor(h2, word);
    rotate(h2, 31);
    add(h2, h1.high, h1.low);
    timesFive(h2);
    add(h2, 0, 0x38495ab5);
  }
  const tail = blockCount * 16;
  load(word, bytes, tail + 8, bytes.length);
  mixSecond(word);
  xor(h2, word);
  load(word, bytes, tail, Math.min(bytes.length, tail + 8));
  mixFirst(word);
  xor(h1, word);
  h1.low ^= bytes.length;
  h2.low ^= bytes.length;
  add(h1, h2.high, h2.low);
  add(h2, h1.high, h1.low);
  finalize(h1);
  finalize(h2);
  add(h1, h2.high, h2.low);
  add(h2, h1.high, h1.low);
  return [toBigInt(h1), toBigInt(h2)];
}

/** The bytes `start … end - 1`, at most eight, the first one lowest. */
function load(word: Word, bytes: Uint8Array, start: number, end: number): void {
  word.low = 0;
  word.high = 0;
  for (let i = start; i < end; i++) {
    const shift = (i - start) * 8;
    if (shift < 32) word.low |= bytes[i]! << shift;
    else word.high |= bytes[i]! << (shift - 32);
  }
}

function mixFirst(word: Word): void {
  multiply(word, C1);
  rotate(word, 31);
  multiply(word, C2);
}

function mixSecond(word: Word): void {
  multiply(word, C2);
  rotate(word, 33);
  multiply(word, C1);
}

function finalize(word: Word): void {
  // Shifted right by 33 bits, a word is its high half by one bit.
  word.low ^= word.high >>> 1;
  multiply(word, FINAL1);
  word.low ^= word.high >>> 1;
  multiply(word, FINAL2);
  word.low ^= word.high >>> 1;
}

function xor(word: Word, other: Word): void {
  word.high ^= other.high;
  word.low ^= other.low;
}

function add(word: Word, high: number, low: number): void {
  const sum = (word.low >>> 0) + (low >>> 0);
  word.low = sum | 0;
  word.high = (word.high + high + (sum > 0xffffffff ? 1 : 0)) | 0;
}

function timesFive(word: Word): void {
  const { high, low } = word;
  word.high = (high << 2) | (low >>> 30);
  word.low = low << 2;
  add(word, high, low);
}

/** By `bits` (1 to 63, not 32) to the left. */
function rotate(word: Word, bits: number): void {
  const high = bits < 32 ? word.high : word.low;
  const low = bits < 32 ? word.low : word.high;
  const shift = bits & 31;
  word.high = (high << shift) | (low >>> (32 - shift));
  word.low = (low << shift) | (high >>> (32 - shift));
}

/** Modulo 2^64, in products of 16 bits, which doubles hold exactly. */
function multiply(word: Word, by: Readonly<Word>): void {
  const { high, low } = word;
  const lowBits = low & 0xffff;
  const highBits = low >>> 16;
  const first = lowBits * (by.low & 0xffff);
  const middle = highBits * (by.low & 0xffff) + (first >>> 16);
  const cross = lowBits * (by.low >>> 16) + (middle & 0xffff);
  const carry =
    highBits * (by.low >>> 16) + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000);
  word.low = (cross << 16) | (first & 0xffff);
  word.high = (carry + Math.imul(high, by.low) + Math.imul(low, by.high)) | 0;
}

function toBigInt({ high, low }: Word): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
