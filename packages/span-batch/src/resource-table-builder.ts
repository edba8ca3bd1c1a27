/**
 * Grows the table of distinct resources. The same message bytes are recognised without decoding them;
 * other bytes with the same content (attributes in another order) meet in the same row, which is
 * what Tempo's re-batching does.
 */
import { WireReader } from '@tempo-ts/otlp';
import { AttributeShredder } from './attribute-shredder.ts';
import type { BatchDictionaries } from './batch-dictionaries.ts';
import { ByteDictionary, viewOf } from './byte-dictionary.ts';
import { writeDroppedCount, writeResourceContent } from './content-key.ts';
import { GrowableInt32, GrowableUint8 } from './growable-columns.ts';
import { MessageRows } from './message-rows.ts';
import { NamedColumnBuilder } from './named-column-builder.ts';
import { SortedAttributes } from './sorted-attributes.ts';
import { ABSENT } from './span-batch.ts';
import type { ResourceTable } from './span-batch.ts';

export class ResourceTableBuilder {
  readonly #serviceNames: NamedColumnBuilder;
  readonly #columns: readonly NamedColumnBuilder[];
  readonly #attributes: AttributeShredder;
  readonly #droppedAttributesCounts = new GrowableInt32();
  readonly #emptyName: number;
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
    const serviceNames = dictionaries.serviceNames;
    this.#serviceNames = new NamedColumnBuilder('service.name', serviceNames);
    this.#columns = dictionaries.resourceColumns.map(
      ({ name, dictionary }) => new NamedColumnBuilder(name, dictionary),
    );
    this.#attributes = new AttributeShredder(dictionaries.resourceAttributes, [
      this.#serviceNames,
      ...this.#columns,
    ]);
    this.#emptyName = serviceNames.internBytes(new Uint8Array(0));
    this.#messages = new MessageRows(dictionaries.seed);
    this.#contents = new ByteDictionary(dictionaries.seed);
  }

  get approximateBytes(): number {
    const bytesPerRow = this.#columns.reduce((sum, column) => sum + column.bytesPerRow, 8);
    return (
      this.#count * bytesPerRow +
      this.#attributes.table.approximateBytes +
      this.#messages.approximateBytes +
      this.#contents.approximateBytes
    );
  }

  /** The row of the Resource message `source.bytes[start … end)`. */
  rowOf(source: WireReader, start: number, end: number): number {
    return this.#messages.rowOf(source, start, end, this.#shred);
  }

  view(): ResourceTable {
    return {
      count: this.#count,
      serviceNames: this.#serviceNames.strings(),
      columns: this.#columns.map((column) => column.view()),
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
      writeResourceContent(this.#content, this.view(), row);
      // Traces keep the counts they were sent with.
      writeDroppedCount(this.#content, this.#droppedAttributesCounts.array[row]!);
      const bytes = this.#content.view();
      const known = this.#contents.intern({ bytes, view: viewOf(bytes) }, 0, bytes.length);
      if (known === row) this.#count = row + 1;
      return known;
    } finally {
      this.#reader.release();
      if (this.#count === row) {
        table.rollback();
        this.#truncate(row);
      }
    }
  }

  #appendRow(source: WireReader, start: number, end: number): void {
    const reader = this.#reader;
    reader.bytes = source.bytes;
    reader.view = source.view;
    reader.position = start;
    reader.limit = end;
    reader.message = 'Resource';
    let droppedAttributesCount = 0;
    this.#sorted.clear();
    this.#serviceNames.pushAbsent();
    for (const column of this.#columns) column.pushAbsent();
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag === 0x0a) this.#sorted.collect(reader);
      else if (tag === 0x10) droppedAttributesCount = reader.readVarint32();
      else reader.skip(tag);
    }
    this.#sorted.appendTo(this.#attributes, reader);
    if (this.#serviceNames.lastRowCode === ABSENT) this.#serviceNames.setString(this.#emptyName);
    this.#attributes.table.endParent();
    this.#droppedAttributesCounts.push(droppedAttributesCount);
  }

  #truncate(count: number): void {
    this.#serviceNames.truncate(count);
    for (const column of this.#columns) column.truncate(count);
    this.#droppedAttributesCounts.length = count;
  }
}
