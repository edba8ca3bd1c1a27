/** Grows the tables of spans, events and links: shreds Span messages into one row each. */
import type { WireReader } from '@tempo-ts/otlp';
import { AttributeShredder } from './attribute-shredder.ts';
import type { BatchDictionaries } from './batch-dictionaries.ts';
import { EventTableBuilder, LinkTableBuilder } from './event-link-builder.ts';
import { GrowableBytes, GrowableInt32, GrowableInt64 } from './growable-columns.ts';
import { differenceHigh } from './int64.ts';
import { NamedColumnBuilder } from './named-column-builder.ts';
import { SpanFields } from './span-fields.ts';
import type { SpanTable } from './span-batch.ts';
import { sharedInt32Array } from './shared-memory.ts';

/** Bytes of one row in the columns that every span fills, ids apart. */
const FIXED_BYTES_PER_SPAN = 4 * 2 + 4 * 6 + 8 * 2 + 4 * 3 + 4 * 3;

/** The code of the empty string in the dictionaries where most rows have it: it is interned first. */
const EMPTY = 0;

export class SpanTableBuilder {
  readonly events: EventTableBuilder;
  readonly links: LinkTableBuilder;
  readonly #dictionaries: BatchDictionaries;
  readonly #ids = new GrowableBytes();
  readonly #parentIds = new GrowableBytes();
  readonly #names = new GrowableInt32();
  readonly #kinds = new GrowableInt32();
  readonly #traceStates = new GrowableInt32();
  readonly #starts = new GrowableInt64();
  readonly #durations = new GrowableInt64();
  readonly #statusCodes = new GrowableInt32();
  readonly #statusMessages = new GrowableInt32();
  readonly #columns: readonly NamedColumnBuilder[];
  readonly #attributes: AttributeShredder;
  readonly #droppedAttributesCounts = new GrowableInt32();
  readonly #droppedEventsCounts = new GrowableInt32();
  readonly #droppedLinksCounts = new GrowableInt32();
  readonly #eventOffsets = new GrowableInt32();
  readonly #linkOffsets = new GrowableInt32();
  /** Nested-set numbers are not known before traces are assembled: a run of zeros serves all three. */
  #zeros: Int32Array = sharedInt32Array(0);
  #lastName = -1;
  #count = 0;
  /** Of the span shredded last. */
  readonly fields = new SpanFields();

  constructor(dictionaries: BatchDictionaries) {
    this.#dictionaries = dictionaries;
    this.events = new EventTableBuilder(dictionaries);
    this.links = new LinkTableBuilder(dictionaries);
    this.#columns = dictionaries.spanColumns.map(
      ({ name, dictionary }) => new NamedColumnBuilder(name, dictionary),
    );
    this.#attributes = new AttributeShredder(dictionaries.spanAttributes, this.#columns);
    this.#eventOffsets.push(0);
    this.#linkOffsets.push(0);
    const nothing = new Uint8Array(0);
    dictionaries.spanTraceStates.internBytes(nothing);
    dictionaries.spanStatusMessages.internBytes(nothing);
  }

  get count(): number {
    return this.#count;
  }

  get approximateBytes(): number {
    let bytesPerRow = FIXED_BYTES_PER_SPAN;
    for (const column of this.#columns) bytesPerRow += column.bytesPerRow;
    return (
      this.#count * bytesPerRow +
      this.#ids.bytes.length +
      this.#parentIds.bytes.length +
      this.#attributes.table.approximateBytes +
      this.events.approximateBytes +
      this.links.approximateBytes
    );
  }

  /** Remembers the present state for {@link rollback}. */
  mark(): void {
    this.#attributes.table.mark();
    this.events.mark();
    this.links.mark();
  }

  /** Takes back everything since the last {@link mark}, when there were `count` spans. */
  rollback(count: number): void {
    this.#count = count;
    this.#attributes.table.rollback();
    this.events.rollback();
    this.links.rollback();
    this.#ids.truncate(count);
    this.#parentIds.truncate(count);
    this.#starts.truncate(count);
    this.#durations.truncate(count);
    for (const column of this.#columns) column.truncate(count);
    for (const column of [
      this.#names,
      this.#kinds,
      this.#traceStates,
      this.#statusCodes,
      this.#statusMessages,
      this.#droppedAttributesCounts,
      this.#droppedEventsCounts,
      this.#droppedLinksCounts,
    ])
      column.length = count;
    this.#eventOffsets.length = count + 1;
    this.#linkOffsets.length = count + 1;
  }

  /** Appends the Span that the reader has entered; leaves the reader at its end. */
  shred(reader: WireReader): void {
    const end = reader.limit;
    const fields = this.fields;
    const firstEvent = this.events.count;
    let previousKey = -1;
    fields.clear();
    for (const column of this.#columns) column.pushAbsent();
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag === 0x4a) previousKey = this.#attributes.shred(reader, previousKey);
      else if (tag === 0x5a) this.events.shred(reader);
      else if (tag === 0x6a) this.links.shred(reader);
      else fields.read(reader, tag);
    }
    this.#attributes.table.endParent();
    this.events.makeRelative(firstEvent, fields.startLow, fields.startHigh);
    this.#eventOffsets.push(this.events.count);
    this.#linkOffsets.push(this.links.count);
    this.#pushFields(reader);
    this.#count += 1;
  }

  view(): SpanTable {
    const { spanNames, spanTraceStates, spanStatusMessages } = this.#dictionaries;
    if (this.#zeros.length < this.#count) this.#zeros = sharedInt32Array(this.#count * 2);
    const zeros = this.#zeros.subarray(0, this.#count);
    return {
      count: this.#count,
      ids: this.#ids.view(),
      parentIds: this.#parentIds.view(),
      nestedSetLefts: zeros,
      nestedSetRights: zeros,
      nestedSetParents: zeros,
      names: { dictionary: spanNames.snapshot(), codes: this.#names.view() },
      kinds: this.#kinds.view(),
      traceStates: { dictionary: spanTraceStates.snapshot(), codes: this.#traceStates.view() },
      startUnixNanos: this.#starts.view(),
      durationNanos: this.#durations.view(),
      statusCodes: this.#statusCodes.view(),
      statusMessages: {
        dictionary: spanStatusMessages.snapshot(),
        codes: this.#statusMessages.view(),
      },
      columns: this.#columns.map((column) => column.view()),
      attributes: this.#attributes.table.view(),
      droppedAttributesCounts: this.#droppedAttributesCounts.view(),
      droppedEventsCounts: this.#droppedEventsCounts.view(),
      droppedLinksCounts: this.#droppedLinksCounts.view(),
      eventOffsets: this.#eventOffsets.view(),
      linkOffsets: this.#linkOffsets.view(),
    };
  }

  #pushFields(reader: WireReader): void {
    const fields = this.fields;
    const bytes = reader.bytes;
    const { startLow, startHigh, endLow, endHigh } = fields;
    const { spanNames, spanTraceStates, spanStatusMessages } = this.#dictionaries;
    this.#ids.push(bytes, fields.idStart, fields.idEnd);
    this.#parentIds.push(bytes, fields.parentIdStart, fields.parentIdEnd);
    this.#lastName = spanNames.intern(reader, fields.nameStart, fields.nameEnd, this.#lastName);
    this.#names.push(this.#lastName);
    this.#kinds.push(fields.kind);
    this.#traceStates.push(
      spanTraceStates.intern(reader, fields.traceStateStart, fields.traceStateEnd, EMPTY),
    );
    this.#starts.push(startLow, startHigh);
    this.#durations.push(
      (endLow - startLow) | 0,
      differenceHigh(endLow, endHigh, startLow, startHigh),
    );
    this.#statusCodes.push(fields.statusCode);
    this.#statusMessages.push(
      spanStatusMessages.intern(reader, fields.statusMessageStart, fields.statusMessageEnd, EMPTY),
    );
    this.#droppedAttributesCounts.push(fields.droppedAttributesCount);
    this.#droppedEventsCounts.push(fields.droppedEventsCount);
    this.#droppedLinksCounts.push(fields.droppedLinksCount);
  }
}
