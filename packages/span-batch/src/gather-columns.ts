/** Copies selected rows of the columns of several inputs into new columns. */
import { MergedDictionary } from './merge-dictionaries.ts';
import type { RowSelection } from './row-selection.ts';
import { sharedInt32Array, sharedUint8Array } from './shared-memory.ts';
import { ABSENT } from './span-batch.ts';
import type { BytesColumn, Int64Column, StringColumn } from './span-batch.ts';

/** 32-bit integers. */
export function gatherInt32(
  selection: RowSelection,
  columnOf: (input: number) => Int32Array,
): Int32Array {
  const { rows, runInputs, runEnds } = selection;
  const gathered = sharedInt32Array(selection.count);
  let at = 0;
  for (let run = 0; run < runEnds.length; run++) {
    const column = columnOf(runInputs[run]!);
    for (const end = runEnds[run]!; at < end; at++) gathered[at] = column[rows[at]!]!;
  }
  return gathered;
}

/** Bytes as numbers. Inputs without the column give zeros. */
export function gatherUint8(
  selection: RowSelection,
  columnOf: (input: number) => Uint8Array | undefined,
): Uint8Array {
  const { rows, runInputs, runEnds } = selection;
  const gathered = sharedUint8Array(selection.count);
  let at = 0;
  for (let run = 0; run < runEnds.length; run++) {
    const column = columnOf(runInputs[run]!);
    const end = runEnds[run]!;
    if (column !== undefined) for (; at < end; at++) gathered[at] = column[rows[at]!]!;
    at = end;
  }
  return gathered;
}

/** 64-bit integers. Inputs without the column give zeros. */
export function gatherInt64(
  selection: RowSelection,
  columnOf: (input: number) => Int64Column | undefined,
): Int64Column {
  const { rows, runInputs, runEnds } = selection;
  const gathered = sharedInt32Array(selection.count * 2);
  let at = 0;
  for (let run = 0; run < runEnds.length; run++) {
    const column = columnOf(runInputs[run]!);
    const end = runEnds[run]!;
    if (column !== undefined) {
      const words = column.words;
      for (; at < end; at++) {
        const row = rows[at]! * 2;
        gathered[at * 2] = words[row]!;
        gathered[at * 2 + 1] = words[row + 1]!;
      }
    }
    at = end;
  }
  return { words: gathered };
}

/** Byte strings. */
export function gatherBytes(
  selection: RowSelection,
  columnOf: (input: number) => BytesColumn,
): BytesColumn {
  const { rows, runInputs, runEnds } = selection;
  const gatheredOffsets = sharedInt32Array(selection.count + 1);
  let at = 0;
  let length = 0;
  for (let run = 0; run < runEnds.length; run++) {
    const { offsets } = columnOf(runInputs[run]!);
    for (const end = runEnds[run]!; at < end; at++) {
      const row = rows[at]!;
      length += offsets[row + 1]! - offsets[row]!;
      gatheredOffsets[at + 1] = length;
    }
  }
  const gathered = sharedUint8Array(length);
  at = 0;
  let position = 0;
  for (let run = 0; run < runEnds.length; run++) {
    const { bytes, offsets } = columnOf(runInputs[run]!);
    for (const end = runEnds[run]!; at < end; at++) {
      const row = rows[at]!;
      const stop = offsets[row + 1]!;
      for (let i = offsets[row]!; i < stop; i++) gathered[position++] = bytes[i]!;
    }
  }
  return { bytes: gathered, offsets: gatheredOffsets };
}

/** Strings, under one dictionary. Inputs without the column give absent strings. */
export function gatherStrings(
  selection: RowSelection,
  columnOf: (input: number) => StringColumn | undefined,
  inputCount: number,
  isCompact: boolean,
): StringColumn {
  const { rows, runInputs, runEnds } = selection;
  const columns = usedColumns(selection, columnOf, inputCount);
  const merged = new MergedDictionary(
    columns.map((column) => column?.dictionary),
    isCompact,
  );
  const gathered = sharedInt32Array(selection.count);
  let at = 0;
  for (let run = 0; run < runEnds.length; run++) {
    const input = runInputs[run]!;
    const end = runEnds[run]!;
    const codes = columns[input]?.codes;
    const translated = merged.codesOf(input);
    if (codes === undefined) gathered.fill(ABSENT, at, end);
    else if (translated === undefined) for (; at < end; at++) gathered[at] = codes[rows[at]!]!;
    else
      for (; at < end; at++) {
        const code = codes[rows[at]!]!;
        const known = code === ABSENT ? ABSENT : translated[code]!;
        gathered[at] = known >= 0 || code === ABSENT ? known : merged.translate(input, code);
      }
    at = end;
  }
  return { dictionary: merged.dictionary(), codes: gathered };
}

/** The column of each input that a selection has rows of. */
export function usedColumns<Column>(
  selection: RowSelection,
  columnOf: (input: number) => Column | undefined,
  inputCount: number,
): (Column | undefined)[] {
  const columns = Array.from({ length: inputCount }, (): Column | undefined => undefined);
  const isUsed = new Uint8Array(inputCount);
  for (const input of selection.runInputs) {
    if (isUsed[input] === 1) continue;
    isUsed[input] = 1;
    columns[input] = columnOf(input);
  }
  return columns;
}
