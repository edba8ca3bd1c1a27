/** Grows the table of distinct instrumentation scopes, as the resource builder does for resources. */
import { WireReader } from '@tempo-ts/otlp';
import { AttributeShredder } from './attribute-shredder.ts';
import type { BatchDictionaries } from './batch-dictionaries.ts';
import { ByteDictionary, viewOf } from './byte-dictionary.ts';
import { writeDroppedCount, writeScopeContent } from './content-key.ts';
import { GrowableInt32, GrowableUint8 } from './growable-columns.ts';
import { MessageRows } from './message-rows.ts';
import { SortedAttributes } from './sorted-attributes.ts';
import type { ScopeTable } from './span-batch.ts';

export class ScopeTableBuilder {
  readonly #nameDictionary: ByteDictionary;
  readonly #versionDictionary: ByteDictionary;
  readonly #names = new GrowableInt32();
  readonly #versions = new GrowableInt32();
  readonly #attributes: AttributeShredder;
  readonly #droppedAttributesCounts = new GrowableInt32();
  readonly #messages: MessageRows;
  /** Content and dropped count → row. */
  readonly #contents: ByteDictionary;
  readonly #content = new GrowableUint8();
  readonly #reader = new WireReader();
  readonly #sorted = new SortedAttributes();
  readonly #shred = (source: WireReader, start: number, end: number): number =>
    this.#shredMessage(source, start, end);
  #count = 0;

  constructor(dictionaries: BatchDictionaries) {
    this.#nameDictionary = dictionaries.scopeNames;
    this.#versionDictionary = dictionaries.scopeVersions;
    this.#attributes = new AttributeShredder(dictionaries.scopeAttributes, []);
    this.#messages = new MessageRows(dictionaries.seed);
    this.#contents = new ByteDictionary(dictionaries.seed);
  }

  get approximateBytes(): number {
    return (
      this.#count * 12 +
      this.#attributes.table.approximateBytes +
      this.#messages.approximateBytes +
      this.#contents.approximateBytes
    );
  }

  /** The row of the InstrumentationScope message `source.bytes[start … end)`. */
  rowOf(source: WireReader, start: number, end: number): number {
    return this.#messages.rowOf(source, start, end, this.#shred);
  }

  view(): ScopeTable {
    return {
      count: this.#count,
      names: { dictionary: this.#nameDictionary.snapshot(), codes: this.#names.view() },
      versions: { dictionary: this.#versionDictionary.snapshot(), codes: this.#versions.view() },
      attributes: this.#attributes.table.view(),
      droppedAttributesCounts: this.#droppedAttributesCounts.view(),
    };
  }

  #shredMessage(source: WireReader, start: number, end: number): number {
    const row = this.#count;
    const table = this.#attributes.table;
    table.mark();
    try {
      this.#appendRow(source, start, end);
      this.#content.length = 0;
      writeScopeContent(this.#content, this.view(), row);
      writeDroppedCount(this.#content, this.#droppedAttributesCounts.array[row]!);
      const bytes = this.#content.view();
      const known = this.#contents.intern({ bytes, view: viewOf(bytes) }, 0, bytes.length);
      if (known === row) this.#count = row + 1;
      return known;
    } finally {
      this.#reader.release();
      if (this.#count === row) {
        table.rollback();
        this.#names.length = row;
        this.#versions.length = row;
        this.#droppedAttributesCounts.length = row;
      }
    }
  }

  #appendRow(source: WireReader, start: number, end: number): void {
    const reader = this.#reader;
    reader.bytes = source.bytes;
    reader.view = source.view;
    reader.position = start;
    reader.limit = end;
    reader.message = 'InstrumentationScope';
    let nameStart = end;
    let nameEnd = end;
    let versionStart = end;
    let versionEnd = end;
    let droppedAttributesCount = 0;
    this.#sorted.clear();
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag === 0x1a) this.#sorted.collect(reader);
      else if (tag === 0x0a) {
        nameEnd = reader.readDelimitedEnd();
        nameStart = reader.position;
        reader.position = nameEnd;
      } else if (tag === 0x12) {
        versionEnd = reader.readDelimitedEnd();
        versionStart = reader.position;
        reader.position = versionEnd;
      } else if (tag === 0x20) droppedAttributesCount = reader.readVarint32();
      else reader.skip(tag);
    }
    this.#names.push(this.#nameDictionary.intern(reader, nameStart, nameEnd));
    this.#versions.push(this.#versionDictionary.intern(reader, versionStart, versionEnd));
    this.#sorted.appendTo(this.#attributes, reader);
    this.#attributes.table.endParent();
    this.#droppedAttributesCounts.push(droppedAttributesCount);
  }
}
