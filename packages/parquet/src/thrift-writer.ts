/** Writes the compact protocol of Apache Thrift; the counterpart of thrift-reader.ts. */
import { ThriftType } from './thrift-reader.ts';

/** Growing output of one thrift value. Fields must be written in ascending order of their ids. */
export class ThriftWriter {
  #bytes = new Uint8Array(4096);
  #length = 0;
  #lastId = 0;

  /** Forgets what was written. */
  clear(): void {
    this.#length = 0;
    this.#lastId = 0;
  }

  /** A view of what was written, valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  writeBool(id: number, value: boolean): void {
    this.#field(id, value ? ThriftType.True : ThriftType.False);
  }

  writeByte(id: number, value: number): void {
    this.#field(id, ThriftType.Byte);
    this.#byte(value & 0xff);
  }

  writeI32(id: number, value: number): void {
    this.#field(id, ThriftType.I32);
    this.#zigzag(value);
  }

  writeI64(id: number, value: number): void {
    this.#field(id, ThriftType.I64);
    this.#zigzag(value);
  }

  writeBinary(id: number, value: Uint8Array): void {
    this.#field(id, ThriftType.Binary);
    this.#binary(value);
  }

  writeText(id: number, value: string): void {
    this.writeBinary(id, Buffer.from(value));
  }

  writeStruct(id: number, writeFields: () => void): void {
    this.#field(id, ThriftType.Struct);
    this.writeRootStruct(writeFields);
  }

  /** A struct without a field header: the whole value, or an element of a list. */
  writeRootStruct(writeFields: () => void): void {
    const outerId = this.#lastId;
    this.#lastId = 0;
    writeFields();
    this.#byte(0);
    this.#lastId = outerId;
  }

  writeStructList<T>(id: number, items: readonly T[], writeFields: (item: T) => void): void {
    this.#listHeader(id, ThriftType.Struct, items.length);
    for (const item of items) this.writeRootStruct(() => writeFields(item));
  }

  writeI32List(id: number, values: readonly number[]): void {
    this.#listHeader(id, ThriftType.I32, values.length);
    for (const value of values) this.#zigzag(value);
  }

  writeTextList(id: number, values: readonly string[]): void {
    this.#listHeader(id, ThriftType.Binary, values.length);
    for (const value of values) this.#binary(Buffer.from(value));
  }

  writeI64List(id: number, values: readonly number[]): void {
    this.#listHeader(id, ThriftType.I64, values.length);
    for (const value of values) this.#zigzag(value);
  }

  writeBinaryList(id: number, values: readonly Uint8Array[]): void {
    this.#listHeader(id, ThriftType.Binary, values.length);
    for (const value of values) this.#binary(value);
  }

  /** Inside lists a boolean is a byte of its own, whose value is the type of a boolean field. */
  writeBoolList(id: number, values: readonly boolean[]): void {
    this.#listHeader(id, ThriftType.True, values.length);
    for (const value of values) this.#byte(value ? ThriftType.True : ThriftType.False);
  }

  #listHeader(id: number, elementType: number, count: number): void {
    this.#field(id, ThriftType.List);
    if (count < 15) this.#byte((count << 4) | elementType);
    else {
      this.#byte(0xf0 | elementType);
      this.#varint(count);
    }
  }

  #field(id: number, type: number): void {
    const delta = id - this.#lastId;
    if (delta > 0 && delta < 16) this.#byte((delta << 4) | type);
    else {
      this.#byte(type);
      this.#zigzag(id);
    }
    this.#lastId = id;
  }

  #binary(value: Uint8Array): void {
    this.#varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  #zigzag(value: number): void {
    this.#varint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  #varint(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.#byte((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.#byte(rest);
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  #reserve(length: number): void {
    if (this.#length + length <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + length));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
