/** Finds the value inside an AnyValue message. */
import type { WireReader } from '@tempo-ts/otlp';

/**
 * What {@link locateAnyValue} found last. One object for all calls: no allocation per attribute;
 * copy what must outlive the next call.
 */
class LocatedValue {
  /** Tag of the value's field, 0 when there is none. */
  tag = 0;
  /** The string, bytes or message, or the bytes of the varint or double. */
  start = 0;
  end = 0;
  /** Words of an integer or boolean. */
  low = 0;
  high = 0;

  get isTrue(): boolean {
    return (this.low | this.high) !== 0;
  }

  get bigint(): bigint {
    return (BigInt(this.high) << 32n) | BigInt(this.low >>> 0);
  }
}

export const located = new LocatedValue();

/**
 * Fills {@link located} with the value of the AnyValue `reader.bytes[start … end)`. Of several the
 * last one counts, as for every oneof. Leaves the reader at `end`.
 */
export function locateAnyValue(reader: WireReader, start: number, end: number): void {
  located.tag = 0;
  reader.position = start;
  reader.limit = end;
  while (reader.position < end) {
    const tag = reader.readTag();
    switch (tag) {
      case 0x0a:
      case 0x2a:
      case 0x32:
      case 0x3a: {
        const valueEnd = reader.readDelimitedEnd();
        located.start = reader.position;
        located.end = valueEnd;
        reader.position = valueEnd;
        break;
      }
      case 0x10:
      case 0x18:
        reader.readVarint64();
        located.low = reader.low;
        located.high = reader.high;
        break;
      case 0x21:
        located.start = reader.position;
        reader.readFixed64();
        located.end = reader.position;
        break;
      default:
        reader.skip(tag);
        continue;
    }
    located.tag = tag;
  }
}
