/**
 * Turns KeyValue messages into attribute rows: finds key and value, sends the value to the column of
 * its name if it has one of the right type, else appends it to the attribute table.
 */
import type { WireReader } from '@tempo-ts/otlp';
import { writeAnyValueJson } from './any-value-json.ts';
import { locateAnyValue, located } from './any-value.ts';
import type { AttributeDictionaries } from './batch-dictionaries.ts';
import { AttributeTableBuilder } from './attribute-table-builder.ts';
import { GrowableUint8 } from './growable-columns.ts';
import type { NamedColumnBuilder } from './named-column-builder.ts';
import { AttributeType } from './span-batch.ts';

const STRING = 0x0a;
const BOOL = 0x10;
const INT = 0x18;
const DOUBLE = 0x21;
const ARRAY = 0x2a;

export class AttributeShredder {
  readonly table: AttributeTableBuilder;
  readonly #dictionaries: AttributeDictionaries;
  /** Where the attributes with a column go; column `c` belongs to name `c` of the keys. */
  readonly #columns: readonly NamedColumnBuilder[];
  readonly #json = new GrowableUint8();

  constructor(dictionaries: AttributeDictionaries, columns: readonly NamedColumnBuilder[]) {
    this.table = new AttributeTableBuilder(dictionaries.keys.dictionary, dictionaries.strings);
    this.#dictionaries = dictionaries;
    this.#columns = columns;
  }

  /**
   * Reads the KeyValue at the reader (its length comes first) and moves behind it. `previous` is the
   * ordinal of the attribute in front, -1 for the first; returns the ordinal of this one.
   */
  shred(reader: WireReader, previous: number): number {
    const outer = reader.limit;
    const end = reader.readDelimitedEnd();
    reader.limit = end;
    let keyStart = end;
    let keyEnd = end;
    let valueStart = end;
    let valueEnd = end;
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag !== 0x0a && tag !== 0x12) {
        reader.skip(tag);
        continue;
      }
      const fieldEnd = reader.readDelimitedEnd();
      if (tag === 0x0a) {
        keyStart = reader.position;
        keyEnd = fieldEnd;
      } else {
        valueStart = reader.position;
        valueEnd = fieldEnd;
      }
      reader.position = fieldEnd;
    }
    const ordinal = this.append(reader, keyStart, keyEnd, valueStart, valueEnd, previous);
    reader.position = end;
    reader.limit = outer;
    return ordinal;
  }

  /** {@link shred} for a KeyValue whose parts are known. Leaves the reader anywhere. */
  append(
    reader: WireReader,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    previous: number,
  ): number {
    const keys = this.#dictionaries.keys;
    const ordinal = keys.ordinalOf(reader, keyStart, keyEnd, previous);
    locateAnyValue(reader, valueStart, valueEnd);
    const column = keys.columns[ordinal]!;
    if (column >= 0 && this.#setColumn(reader, this.#columns[column]!)) return ordinal;
    const key = keys.codeOf(ordinal, reader, keyStart, keyEnd);
    switch (located.tag) {
      case STRING: {
        const guess = keys.lastStrings[ordinal]!;
        const strings = this.#dictionaries.strings;
        const code = strings.intern(reader, located.start, located.end, guess);
        if (code !== guess) keys.lastStrings[ordinal] = code;
        this.table.pushString(key, code);
        break;
      }
      case INT:
        this.table.pushInt(key, located.low, located.high);
        break;
      case DOUBLE:
        this.table.pushDouble(key, reader.view.getFloat64(located.start, true));
        break;
      case BOOL:
        this.table.pushBool(key, located.isTrue ? 1 : 0);
        break;
      case ARRAY:
        this.#pushArray(reader, key, located.start, located.end, valueStart, valueEnd);
        break;
      default:
        this.#pushUnsupported(reader, key, valueStart, valueEnd);
    }
    return ordinal;
  }

  /** Puts the located value into a column of its own; false if it has the wrong type. */
  #setColumn(reader: WireReader, column: NamedColumnBuilder): boolean {
    if (column.dictionary === undefined) {
      if (located.tag !== INT) return false;
      column.setInt(located.low, located.high);
      return true;
    }
    if (located.tag !== STRING) return false;
    column.setString(column.dictionary.intern(reader, located.start, located.end, column.lastCode));
    return true;
  }

  /** The array `[start, end)` of the value `[valueStart, valueEnd)`. */
  #pushArray(
    reader: WireReader,
    key: number,
    start: number,
    end: number,
    valueStart: number,
    valueEnd: number,
  ): void {
    const { tag, count } = elementsOf(reader, start, end);
    const table = this.table;
    if (count === 0) table.pushEmptyArray(key);
    else if (tag === STRING)
      table.pushArray(key, AttributeType.StringArray, table.strings.length, count);
    else if (tag === INT) table.pushArray(key, AttributeType.IntArray, table.ints.length, count);
    else if (tag === DOUBLE)
      table.pushArray(key, AttributeType.DoubleArray, table.doubles.length, count);
    else if (tag === BOOL) table.pushArray(key, AttributeType.BoolArray, table.bools.length, count);
    else {
      this.#pushUnsupported(reader, key, valueStart, valueEnd);
      return;
    }
    this.#pushElements(reader, start, end);
  }

  /** Appends the elements of a homogeneous array to the pool of their type. */
  #pushElements(reader: WireReader, start: number, end: number): void {
    const table = this.table;
    let position = start;
    while (position < end) {
      reader.position = position;
      reader.limit = end;
      const tag = reader.readTag();
      if (tag !== 0x0a) {
        reader.skip(tag);
        position = reader.position;
        continue;
      }
      position = reader.readDelimitedEnd();
      locateAnyValue(reader, reader.position, position);
      if (located.tag === STRING)
        table.strings.push(this.#dictionaries.strings.intern(reader, located.start, located.end));
      else if (located.tag === INT) table.ints.push(located.low, located.high);
      else if (located.tag === DOUBLE)
        table.doubles.push(reader.view.getFloat64(located.start, true));
      else table.bools.push(located.isTrue ? 1 : 0);
    }
  }

  #pushUnsupported(reader: WireReader, key: number, start: number, end: number): void {
    this.#json.length = 0;
    writeAnyValueJson(reader, start, end, this.#json);
    this.table.pushUnsupported(key, this.#json.array, this.#json.length);
  }
}

/** Counts the elements of the array `[start, end)`; `tag` is that of all values, 0 if they differ. */
function elementsOf(
  reader: WireReader,
  start: number,
  end: number,
): { tag: number; count: number } {
  let commonTag = 0;
  let count = 0;
  let position = start;
  while (position < end) {
    reader.position = position;
    reader.limit = end;
    const tag = reader.readTag();
    if (tag !== 0x0a) {
      reader.skip(tag);
      position = reader.position;
      continue;
    }
    position = reader.readDelimitedEnd();
    locateAnyValue(reader, reader.position, position);
    commonTag = count === 0 || located.tag === commonTag ? located.tag : 0;
    if (commonTag === 0) return { tag: 0, count: count + 1 };
    count += 1;
  }
  return { tag: commonTag, count };
}
