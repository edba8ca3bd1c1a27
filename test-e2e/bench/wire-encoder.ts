/** Writes protobuf fields into a growing buffer: just what OTLP traces need. */

export type AttributeValue = string | number | boolean | readonly string[];
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** A message under construction. */
export class WireEncoder {
  #bytes = Buffer.allocUnsafe(512);
  #length = 0;

  /** The bytes written so far; valid until the next write. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  varint(field: number, value: number): this {
    this.#varint(field * 8);
    this.#varint(value);
    return this;
  }

  fixed64(field: number, value: bigint): this {
    this.#varint(field * 8 + 1);
    this.#reserve(8);
    this.#bytes.writeBigUInt64LE(value, this.#length);
    this.#length += 8;
    return this;
  }

  double(field: number, value: number): this {
    this.#varint(field * 8 + 1);
    this.#reserve(8);
    this.#bytes.writeDoubleLE(value, this.#length);
    this.#length += 8;
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value));
  }

  bytes(field: number, value: Uint8Array): this {
    this.#varint(field * 8 + 2);
    this.#varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  attributes(field: number, attributes: Attributes): this {
    for (const [key, value] of Object.entries(attributes))
      this.bytes(field, new WireEncoder().text(1, key).bytes(2, encodeValue(value)).finish());
    return this;
  }

  #varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + count));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

function encodeValue(value: AttributeValue): Buffer {
  const encoder = new WireEncoder();
  if (typeof value === 'string') return encoder.text(1, value).finish();
  if (typeof value === 'boolean') return encoder.varint(2, value ? 1 : 0).finish();
  if (typeof value === 'number')
    return (Number.isInteger(value) ? encoder.varint(3, value) : encoder.double(4, value)).finish();
  const list = new WireEncoder();
  for (const element of value) list.bytes(1, encodeValue(element));
  return encoder.bytes(5, list.finish()).finish();
}
