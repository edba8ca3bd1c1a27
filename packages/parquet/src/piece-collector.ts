/** Puts the decoded pages of a column together. */
import { countOf, joinLevels, joinValues, type ColumnValues } from './column-values.ts';
import type { DecodedColumn } from './column-reader.ts';
import type { PickedEntries } from './pick-rows.ts';
import type { ColumnDescriptor } from './schema.ts';

/** Collects decoded pages, or the selected rows of them. */
export class PieceCollector {
  /** Rows seen, selected or not. */
  rowCount = 0;
  readonly #descriptor: ColumnDescriptor;
  readonly #repetition: Uint8Array[] = [];
  readonly #definition: Uint8Array[] = [];
  readonly #values: ColumnValues[] = [];
  #entryCount = 0;

  constructor(descriptor: ColumnDescriptor) {
    this.#descriptor = descriptor;
  }

  add(
    entries: Pick<PickedEntries, 'entryCount' | 'repetition' | 'definition'>,
    values: ColumnValues | undefined,
  ): void {
    this.#entryCount += entries.entryCount;
    if (entries.repetition) this.#repetition.push(entries.repetition);
    if (entries.definition) this.#definition.push(entries.definition);
    // Pages without values may look like another kind than the others.
    if (values && countOf(values) > 0) this.#values.push(values);
  }

  join(makeEmpty: () => ColumnValues): DecodedColumn {
    const { maxRepetitionLevel, maxDefinitionLevel } = this.#descriptor;
    const values = this.#values.length === 0 ? makeEmpty() : joinValues(this.#values);
    return {
      descriptor: this.#descriptor,
      valueCount: countOf(values),
      entryCount: this.#entryCount,
      repetitionLevels: maxRepetitionLevel === 0 ? undefined : joinLevels(this.#repetition),
      definitionLevels: maxDefinitionLevel === 0 ? undefined : joinLevels(this.#definition),
      values,
    };
  }
}
