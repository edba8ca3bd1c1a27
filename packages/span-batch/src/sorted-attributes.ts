/** Collects the KeyValues of a resource or scope and appends them in the order of their keys. */
import type { WireReader } from '@tempo-ts/otlp';
import type { AttributeShredder } from './attribute-shredder.ts';
import { compareBytes } from './string-dictionary.ts';

/** Numbers kept per attribute: start and end of key and value. */
const PARTS = 4;

export class SortedAttributes {
  readonly #parts: number[] = [];
  readonly #order: number[] = [];

  clear(): void {
    this.#parts.length = 0;
    this.#order.length = 0;
  }

  /** Notes the KeyValue at the reader (its length comes first) and moves behind it. */
  collect(reader: WireReader): void {
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
    reader.limit = outer;
    this.#order.push(this.#order.length);
    this.#parts.push(keyStart, keyEnd, valueStart, valueEnd);
  }

  /** Appends what was collected, by key; equal keys keep their order. Leaves the reader anywhere. */
  appendTo(shredder: AttributeShredder, reader: WireReader): void {
    const parts = this.#parts;
    const bytes = reader.bytes;
    this.#order.sort((a, b) =>
      compareBytes(
        bytes,
        parts[a * PARTS]!,
        parts[a * PARTS + 1]!,
        bytes,
        parts[b * PARTS]!,
        parts[b * PARTS + 1]!,
      ),
    );
    let previous = -1;
    for (const index of this.#order) {
      const at = index * PARTS;
      previous = shredder.append(
        reader,
        parts[at]!,
        parts[at + 1]!,
        parts[at + 2]!,
        parts[at + 3]!,
        previous,
      );
    }
  }
}
