/** Copies selected rows of columns of the batches that are assembled. */
import { gatherAttributes } from './gather-attributes.ts';
import {
  gatherBytes,
  gatherInt32,
  gatherInt64,
  gatherStrings,
  gatherUint8,
} from './gather-columns.ts';
import { lazyColumns } from './lazy-columns.ts';
import type { RowSelection } from './row-selection.ts';
import type {
  AttributeTable,
  BytesColumn,
  Int64Column,
  NamedColumn,
  SpanBatch,
  StringColumn,
} from './span-batch.ts';

export class Gatherer {
  readonly #batches: readonly SpanBatch[];
  readonly #isCompact: boolean;

  constructor(batches: readonly SpanBatch[], isCompact: boolean) {
    this.#batches = batches;
    this.#isCompact = isCompact;
  }

  int32(rows: RowSelection, columnOf: (batch: SpanBatch) => Int32Array): Int32Array {
    return gatherInt32(rows, (input) => columnOf(this.#batches[input]!));
  }

  int64(rows: RowSelection, columnOf: (batch: SpanBatch) => Int64Column): Int64Column {
    return gatherInt64(rows, (input) => columnOf(this.#batches[input]!));
  }

  bytes(rows: RowSelection, columnOf: (batch: SpanBatch) => BytesColumn): BytesColumn {
    return gatherBytes(rows, (input) => columnOf(this.#batches[input]!));
  }

  strings(
    rows: RowSelection,
    columnOf: (batch: SpanBatch) => StringColumn | undefined,
  ): StringColumn {
    return gatherStrings(
      rows,
      (input) => columnOf(this.#batches[input]!),
      this.#batches.length,
      this.#isCompact,
    );
  }

  attributes(rows: RowSelection, tableOf: (batch: SpanBatch) => AttributeTable): AttributeTable {
    return gatherAttributes(
      rows,
      (input) => tableOf(this.#batches[input]!),
      this.#batches.length,
      this.#isCompact,
    );
  }

  /** The columns that any input has, by name; an input without one has no values in it. */
  named(
    rows: RowSelection,
    columnsOf: (batch: SpanBatch) => readonly NamedColumn[],
  ): readonly NamedColumn[] {
    const found = new Map<string, NamedColumn['type']>();
    for (const batch of this.#batches)
      for (const { name, type } of columnsOf(batch)) if (!found.has(name)) found.set(name, type);
    const find = (batch: SpanBatch, name: string): NamedColumn | undefined =>
      columnsOf(batch).find((column) => column.name === name);
    return [...found].map(([name, type]): NamedColumn => {
      if (type === 'string')
        return lazyColumns<NamedColumn & { type: 'string' }>({
          name,
          type,
          strings: () =>
            this.strings(rows, (batch) => {
              const column = find(batch, name);
              return column?.type === 'string' ? column.strings : undefined;
            }),
        });
      const intsOf = (input: number): (NamedColumn & { type: 'int' }) | undefined => {
        const column = find(this.#batches[input]!, name);
        return column?.type === 'int' ? column : undefined;
      };
      return lazyColumns<NamedColumn & { type: 'int' }>({
        name,
        type,
        ints: () => gatherInt64(rows, (input) => intsOf(input)?.ints),
        present: () => gatherUint8(rows, (input) => intsOf(input)?.present),
      });
    });
  }
}
