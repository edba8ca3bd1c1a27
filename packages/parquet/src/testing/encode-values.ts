/** Plain, slow encoders of page values: what the decoders are tested against. */

export type HybridRun =
  | { readonly kind: 'rle'; readonly value: number; readonly count: number }
  /** Padded with zeros to a multiple of eight, as the last run of a page is. */
  | { readonly kind: 'packed'; readonly values: readonly number[] };

/** The bytes of runs, and the values they stand for. */
export function hybridBytes(
  width: number,
  runs: readonly HybridRun[],
): { readonly bytes: Uint8Array; readonly values: number[] } {
  const bytes: number[] = [];
  const values: number[] = [];
  for (const run of runs) {
    if (run.kind === 'rle') {
      bytes.push(...varint(BigInt(run.count) * 2n));
      for (let i = 0; i < Math.ceil(width / 8); i++) bytes.push((run.value >>> (8 * i)) & 0xff);
      values.push(...Array<number>(run.count).fill(run.value));
    } else {
      const groups = Math.ceil(run.values.length / 8);
      const padded = Array.from({ length: groups * 8 }, (_, i) => run.values[i] ?? 0);
      bytes.push(...varint(BigInt(groups) * 2n + 1n));
      bytes.push(...packBits(padded.map(BigInt), width));
      values.push(...padded);
    }
  }
  return { bytes: Uint8Array.from(bytes), values };
}

/** DELTA_BINARY_PACKED in blocks of 128; unused slots of the last block may lower its minimum. */
export function deltaBytes(
  values: readonly bigint[],
  bits: 32 | 64,
  options: { readonly unusedSlots?: bigint } = {},
): Uint8Array {
  const wrap = (value: bigint) => BigInt.asIntN(bits, value);
  const bytes = [...varint(128n), ...varint(4n), ...varint(BigInt(values.length))];
  bytes.push(...varint(zigzag(values[0] ?? 0n)));
  const deltas = values.slice(1).map((value, i) => wrap(value - values[i]!));
  for (let start = 0; start < deltas.length; start += 128) {
    const block = deltas.slice(start, start + 128);
    const considered = [...block];
    if (block.length < 128 && options.unusedSlots !== undefined)
      considered.push(options.unusedSlots);
    const min = considered.reduce((a, b) => (b < a ? b : a));
    bytes.push(...varint(zigzag(min)));
    const packed = block.map((delta) => BigInt.asUintN(bits, delta - min));
    const minis = [0, 1, 2, 3].map((mini) => packed.slice(mini * 32, mini * 32 + 32));
    const widths = minis.map((mini) =>
      Math.max(0, ...mini.map((v) => v.toString(2).length * Number(v > 0n))),
    );
    bytes.push(...widths);
    for (const [i, mini] of minis.entries()) {
      if (mini.length === 0) continue;
      const padded = Array.from({ length: 32 }, (_, slot) => mini[slot] ?? 0n);
      bytes.push(...packBits(padded, widths[i]!));
    }
  }
  return Uint8Array.from(bytes);
}

function packBits(values: readonly bigint[], width: number): number[] {
  const bytes: number[] = [];
  let buffer = 0n;
  let held = 0;
  for (const value of values) {
    buffer |= value << BigInt(held);
    held += width;
    for (; held >= 8; held -= 8) {
      bytes.push(Number(buffer & 0xffn));
      buffer >>= 8n;
    }
  }
  if (held > 0) bytes.push(Number(buffer & 0xffn));
  return bytes;
}

/** An unsigned LEB128 integer. */
export function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

function zigzag(value: bigint): bigint {
  return value >= 0n ? value * 2n : -value * 2n - 1n;
}
