/** A column chunk under construction: what its pages hold, encoded but not yet compressed. */
import type { ByteBuffer } from './byte-buffer.ts';
import { PageLevels, type LevelBytes, type Repeated } from './native-levels.ts';
import type { LeafValues } from './leaf-values.ts';
import type { ColumnDescriptor } from './schema.ts';
import type { ValueRange } from './value-range.ts';

/** A data page; its parts lie in the row group's buffers of levels and of values. */
export interface NativePage {
  readonly firstRow: number;
  readonly rowCount: number;
  readonly entryCount: number;
  readonly nullCount: number;
  readonly repetition: LevelBytes;
  readonly definition: LevelBytes;
  readonly valuesStart: number;
  readonly valuesEnd: number;
  /** Undefined where there is no value or values have no order. */
  readonly range: ValueRange | undefined;
}

/** Which elements of the page have a value. A module's scratch. */
let presence = new Uint8Array(1 << 12);

export class NativeChunk {
  readonly descriptor: ColumnDescriptor;
  readonly values: LeafValues;
  readonly pages: NativePage[] = [];
  readonly #repeated: Repeated;
  /** Of an optional leaf. */
  readonly #definition: PageLevels | undefined;

  constructor(options: {
    readonly descriptor: ColumnDescriptor;
    readonly repeated: Repeated;
    readonly values: LeafValues;
  }) {
    this.descriptor = options.descriptor;
    this.values = options.values;
    this.#repeated = options.repeated;
    const isOptional = options.descriptor.leaf.repetition === 'optional';
    this.#definition = isOptional ? new PageLevels() : undefined;
  }

  /** Encodes the rows `firstRow … endRow - 1` as page number `page`, behind those before it. */
  addPage(
    page: number,
    firstRow: number,
    endRow: number,
    levels: ByteBuffer,
    values: ByteBuffer,
  ): void {
    const repeated = this.#repeated;
    repeated.toPage(page, firstRow, endRow);
    const { firstElement, endElement } = repeated;
    const { maxRepetitionLevel, maxDefinitionLevel } = this.descriptor;
    const elementCount = endElement - firstElement;
    let definition = repeated.definition;
    let valueCount = elementCount;
    if (this.#definition) {
      if (presence.length < elementCount) presence = new Uint8Array(elementCount * 2);
      valueCount = this.values.fillPresence(firstElement, endElement, presence);
      // Where all are absent, the levels are those of the list around.
      if (valueCount > 0) definition = this.#raiseDefinition(this.#definition, repeated);
    }
    const entryCount = definition.count;
    const valuesStart = values.length;
    this.values.encode(firstElement, endElement, values);
    this.pages.push({
      firstRow,
      rowCount: endRow - firstRow,
      entryCount,
      nullCount: entryCount - valueCount,
      repetition: repeated.repetition.encode(maxRepetitionLevel, levels),
      definition: definition.encode(maxDefinitionLevel, levels),
      valuesStart,
      valuesEnd: values.length,
      range: valueCount > 0 ? this.values.range() : undefined,
    });
  }

  /** One more than the level of the list around where `presence` says so. */
  #raiseDefinition(own: PageLevels, { definition, maxLevel }: Repeated): PageLevels {
    const { values: outer, count } = definition;
    const inner = own.start(count);
    let element = 0;
    for (let i = 0; i < count; i++) {
      const level = outer[i]!;
      inner[i] = level < maxLevel ? level : level + presence[element++]!;
    }
    return own;
  }
}
