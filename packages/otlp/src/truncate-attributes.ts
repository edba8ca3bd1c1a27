/**
 * Shortens attribute keys and string values that exceed the tenant's limit, inside their messages'
 * bytes. `SpanWalker` finds them during the one structural walk; only messages that hold such a
 * string are rewritten, everything else is copied as it is.
 *
 * Tempo cuts at the byte limit and may leave half a code point behind. We cut in front of it, so a
 * shortened value has at most three bytes less than the limit and stays valid UTF-8.
 */
import type { IntList } from './int-list.ts';
import { CUT_STRIDE } from './span-walker.ts';
import { WireReader, tagOf } from './wire-reader.ts';
import { varintLength, writeVarintAt } from './wire-writer.ts';

/**
 * The fields in `bytes[start … end)`, whole fields one behind the other, with the strings shortened
 * that cuts `firstCut …` name (ascending triples of start, kept end and end; those beyond `end` are
 * left alone).
 */
export function applyCuts(
  bytes: Uint8Array,
  range: { readonly start: number; readonly end: number },
  cuts: IntList,
  firstCut: number,
): Uint8Array {
  const reader = new WireReader();
  reader.reset(bytes, 'attributes to shorten', range.start, range.end);
  return new CutApplier(reader, cuts, firstCut).fields();
}

class CutApplier {
  readonly #reader: WireReader;
  readonly #cuts: IntList;
  #cut: number;

  constructor(reader: WireReader, cuts: IntList, firstCut: number) {
    this.#reader = reader;
    this.#cuts = cuts;
    this.#cut = firstCut;
  }

  /** Rewrites the fields up to the reader's limit. */
  fields(): Uint8Array {
    const reader = this.#reader;
    const parts: Uint8Array[] = [];
    let copied = reader.position;
    while (reader.position < reader.limit && this.#hasCutBefore(reader.limit)) {
      const fieldStart = reader.position;
      const tag = reader.readTag();
      const contentEnd = this.#contentEnd(tag);
      if (!this.#hasCutBefore(contentEnd)) {
        reader.position = contentEnd;
        continue;
      }
      parts.push(reader.bytes.subarray(copied, fieldStart));
      const content = this.#content(contentEnd);
      parts.push(delimitedHeader(tag, content.length), content);
      copied = contentEnd;
    }
    parts.push(reader.bytes.subarray(copied, reader.limit));
    return concatenate(parts);
  }

  /** Moves to the content of the field with this tag and returns where it ends. */
  #contentEnd(tag: number): number {
    if ((tag & 7) === 2) return this.#reader.readDelimitedEnd();
    this.#reader.skip(tag);
    return this.#reader.position;
  }

  /** The new content of the field at the cursor: a shortened string or a rewritten message. */
  #content(end: number): Uint8Array {
    const reader = this.#reader;
    const values = this.#cuts.values;
    const isTheString = values[this.#cut] === reader.position && values[this.#cut + 2] === end;
    let content: Uint8Array;
    if (isTheString) {
      content = reader.bytes.subarray(reader.position, values[this.#cut + 1]);
      this.#cut += CUT_STRIDE;
    } else {
      const outer = reader.limit;
      reader.limit = end;
      content = this.fields();
      reader.limit = outer;
    }
    reader.position = end;
    return content;
  }

  #hasCutBefore(end: number): boolean {
    return this.#cut < this.#cuts.length && this.#cuts.values[this.#cut]! < end;
  }
}

function delimitedHeader(tag: number, length: number): Uint8Array {
  const header = new Uint8Array(varintLength(tag) + varintLength(length));
  writeVarintAt(header, writeVarintAt(header, 0, tagOf(tag >>> 3, 2)), length);
  return header;
}

/** `parts` one behind the other, in a buffer of its own. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  let byteLength = 0;
  for (const part of parts) byteLength += part.length;
  const joined = new Uint8Array(byteLength);
  let position = 0;
  for (const part of parts) {
    joined.set(part, position);
    position += part.length;
  }
  return joined;
}
