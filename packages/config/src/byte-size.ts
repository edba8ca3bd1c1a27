/** Sizes in bytes with binary units, as Tempo's gRPC window sizes are written (`63KiB1023B`). */

const UNITS = [
  ['EiB', 2 ** 60],
  ['PiB', 2 ** 50],
  ['TiB', 2 ** 40],
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
  ['B', 1],
] as const;

/** Bytes of `1MiB512KiB`, `64KB` (also 1024-based, as Tempo reads it) or `512B`. */
export function parseBase2Bytes(text: string): number | undefined {
  const part = /(\d+(?:\.\d+)?)\s*([EPTGMK]i?B|B)/y;
  const trimmed = text.trim();
  if (trimmed === '0') return 0;
  if (trimmed === '') return undefined;
  let bytes = 0;
  while (part.lastIndex < trimmed.length) {
    const step = part.exec(trimmed);
    if (!step) return undefined;
    const name = step[2]!.length === 2 ? `${step[2]![0]}iB` : step[2]!;
    bytes += Number(step[1]) * UNITS.find(([unit]) => unit === name)![1];
  }
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** `bytes` in the largest units that hold them exactly: `63KiB1023B`, `0B`. */
export function formatBase2Bytes(bytes: number): string {
  if (bytes === 0) return '0B';
  let rest = bytes;
  let text = '';
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}
