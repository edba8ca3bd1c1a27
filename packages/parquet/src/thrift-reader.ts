/**
 * Reads the compact protocol of Apache Thrift, in which Parquet writes its footer and page headers.
 * Every read is checked against the end of the bytes, and nothing is allocated on the word of a
 * length that the bytes cannot hold.
 */
import { CorruptParquetError } from './errors.ts';

/** Wire types of the compact protocol. */
export const ThriftType = {
  True: 1,
  False: 2,
  Byte: 3,
  I16: 4,
  I32: 5,
  I64: 6,
  Double: 7,
  Binary: 8,
  List: 9,
  Set: 10,
  Map: 11,
  Struct: 12,
} as const;

const MAX_DEPTH = 32;

/** A cursor over one thrift value. */
export class ThriftReader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #position: number;
  #depth = 0;

  /** `what` names the value in errors, for example `footer`. */
  constructor(bytes: Uint8Array, position: number, what: string) {
    this.#bytes = bytes;
    this.#position = position;
    this.#what = what;
  }

  /** Where the next byte is read. */
  get position(): number {
    return this.#position;
  }

  /** Reads a struct: `onField` reads the value of the fields it knows and returns false for others. */
  readStruct(onField: (id: number, type: number) => boolean): void {
    this.#enter();
    let lastId = 0;
    for (;;) {
      const header = this.#byte();
      if (header === 0) break;
      const type = header & 0x0f;
      const delta = header >> 4;
      const id = delta === 0 ? this.#zigzag() : lastId + delta;
      lastId = id;
      if (!onField(id, type)) this.#skip(type);
    }
    this.#depth -= 1;
  }

  /** Reads a list of `elementType`, calling `readElement` for each. */
  readList<T>(type: number, elementTypes: readonly number[], readElement: () => T): T[] {
    this.#expect(type, ThriftType.List);
    const { count, elementType } = this.#listHeader();
    if (count > 0 && !elementTypes.includes(elementType))
      this.#fail(`has a list of type ${elementType} where ${elementTypes.join(' or ')} belongs`);
    const elements: T[] = [];
    for (let i = 0; i < count; i++) elements.push(readElement());
    return elements;
  }

  /** A boolean field, whose value is its type. */
  readBool(type: number): boolean {
    if (type !== ThriftType.True && type !== ThriftType.False)
      this.#fail(`has type ${type} where a boolean belongs`);
    return type === ThriftType.True;
  }

  /** An integer of up to 64 bits that must be a safe number. */
  readInteger(type: number = ThriftType.I64): number {
    if (type === ThriftType.Byte) return (this.#byte() << 24) >> 24;
    if (type !== ThriftType.I16 && type !== ThriftType.I32 && type !== ThriftType.I64)
      this.#fail(`has type ${type} where an integer belongs`);
    return this.#zigzag();
  }

  /** Bytes, as a view. */
  readBinary(type: number = ThriftType.Binary): Uint8Array {
    this.#expect(type, ThriftType.Binary);
    const length = this.#varint();
    this.#need(length);
    const start = this.#position;
    this.#position += length;
    return this.#bytes.subarray(start, start + length);
  }

  /** Text. */
  readText(type: number = ThriftType.Binary): string {
    const bytes = this.readBinary(type);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  }

  #skip(type: number): void {
    switch (type) {
      case ThriftType.True:
      case ThriftType.False:
        return;
      case ThriftType.Byte:
        this.#byte();
        return;
      case ThriftType.I16:
      case ThriftType.I32:
      case ThriftType.I64:
        this.#skipVarint();
        return;
      case ThriftType.Double:
        this.#need(8);
        this.#position += 8;
        return;
      case ThriftType.Binary:
        this.readBinary();
        return;
      case ThriftType.Struct:
        this.readStruct(() => false);
        return;
      case ThriftType.List:
      case ThriftType.Set:
        this.#skipList();
        return;
      case ThriftType.Map:
        this.#skipMap();
        return;
      default:
        this.#fail(`has the unknown type ${type}`);
    }
  }

  #skipList(): void {
    this.#enter();
    const { count, elementType } = this.#listHeader();
    for (let i = 0; i < count; i++) this.#skipElement(elementType);
    this.#depth -= 1;
  }

  #skipMap(): void {
    this.#enter();
    const count = this.#varint();
    if (count > 0) {
      const types = this.#byte();
      this.#need(count);
      for (let i = 0; i < count; i++) {
        this.#skipElement(types >> 4);
        this.#skipElement(types & 0x0f);
      }
    }
    this.#depth -= 1;
  }

  /** Inside lists and maps a boolean is a byte of its own. */
  #skipElement(type: number): void {
    if (type === ThriftType.True || type === ThriftType.False) this.#byte();
    else this.#skip(type);
  }

  #listHeader(): { count: number; elementType: number } {
    const header = this.#byte();
    const short = header >> 4;
    const count = short === 15 ? this.#varint() : short;
    // Each element takes a byte at least.
    this.#need(count);
    return { count, elementType: header & 0x0f };
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  #varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) this.#fail('has an integer that is too large');
      if (byte < 0x80) return value;
      scale *= 128;
      if (scale > 2 ** 63) this.#fail('has an integer that does not end');
    }
  }

  #skipVarint(): void {
    for (let i = 0; i < 10; i++) if (this.#byte() < 0x80) return;
    this.#fail('has an integer that does not end');
  }

  #byte(): number {
    this.#need(1);
    return this.#bytes[this.#position++]!;
  }

  #need(length: number): void {
    if (length > this.#bytes.length - this.#position) this.#fail('is cut off');
  }

  #enter(): void {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) this.#fail(`nests deeper than ${MAX_DEPTH}`);
  }

  #expect(type: number, expected: number): void {
    if (type !== expected) this.#fail(`has type ${type} where ${expected} belongs`);
  }

  #fail(problem: string): never {
    throw new CorruptParquetError(`${this.#what} ${problem} at byte ${this.#position}`);
  }
}
