/** Any thrift value as plain objects, for tests that compare footers field by field. */
import { ThriftReader, ThriftType } from '../thrift-reader.ts';

/** A struct is an object by field id, binary is text in latin1, everything else is what it is. */
export type PlainThrift = boolean | number | string | readonly PlainThrift[] | PlainThriftStruct;

export interface PlainThriftStruct {
  readonly [id: number]: PlainThrift;
}

/** The footer of a file. */
export function plainFooter(file: Uint8Array): PlainThriftStruct {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const end = file.length - 8;
  return new PlainReader(file.subarray(end - view.getUint32(end, true), end)).readStruct();
}

class PlainReader {
  readonly #bytes: Uint8Array;
  readonly #reader: ThriftReader;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#reader = new ThriftReader(bytes, 0, 'value');
  }

  readStruct(): PlainThriftStruct {
    const fields: Record<number, PlainThrift> = {};
    this.#reader.readStruct((id, type) => {
      fields[id] = this.#readField(type);
      return true;
    });
    return fields;
  }

  #readField(type: number): PlainThrift {
    switch (type) {
      case ThriftType.True:
      case ThriftType.False:
        return this.#reader.readBool(type);
      case ThriftType.Binary:
        return Buffer.from(this.#reader.readBinary()).toString('latin1');
      case ThriftType.Struct:
        return this.readStruct();
      case ThriftType.List: {
        // A list's first byte holds the type of its elements.
        const elementType = this.#bytes[this.#reader.position]! & 0x0f;
        return this.#reader.readList(type, [elementType], () => this.#readField(elementType));
      }
      default:
        return this.#reader.readInteger(type);
    }
  }
}
