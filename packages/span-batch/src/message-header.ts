/** Finds the Resource of a ResourceSpans message, the scope of a ScopeSpans message. */
import { WireReader } from '@tempo-ts/otlp';

/** Tag of the field in both messages. */
const HEADER = 0x0a;

export class MessageHeader {
  /** Where the header's bytes are: in `source.bytes[start … end)`. */
  source: WireReader = new WireReader();
  start = 0;
  end = 0;
  readonly #merged = new WireReader();

  /**
   * Finds the header of the message that `reader` has entered, wherever it stands in it; empty if
   * there is none. Parts given several times are put together, as protobuf merges them. Leaves the
   * reader at the end.
   */
  find(reader: WireReader): void {
    const end = reader.limit;
    let parts: Uint8Array[] | undefined;
    this.source = reader;
    this.start = this.end = reader.position;
    let count = 0;
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag !== HEADER) {
        reader.skip(tag);
        continue;
      }
      const headerEnd = reader.readDelimitedEnd();
      if (count > 0) {
        parts ??= [reader.bytes.subarray(this.start, this.end)];
        parts.push(reader.bytes.subarray(reader.position, headerEnd));
      } else {
        this.start = reader.position;
        this.end = headerEnd;
      }
      count += 1;
      reader.position = headerEnd;
    }
    if (parts === undefined) return;
    this.source = this.#merged;
    this.#merged.reset(new Uint8Array(Buffer.concat(parts)), 'header');
    this.start = 0;
    this.end = this.#merged.limit;
  }
}
