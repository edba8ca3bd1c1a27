/** Grow the tables of span events and span links. */
import type { WireReader } from '@tempo-ts/otlp';
import { AttributeShredder } from './attribute-shredder.ts';
import type { BatchDictionaries } from './batch-dictionaries.ts';
import type { ByteDictionary } from './byte-dictionary.ts';
import { GrowableBytes, GrowableInt32, GrowableInt64 } from './growable-columns.ts';
import { differenceHigh } from './int64.ts';
import type { EventTable, LinkTable } from './span-batch.ts';

export class EventTableBuilder {
  readonly #times = new GrowableInt64();
  readonly #names = new GrowableInt32();
  readonly #nameDictionary: ByteDictionary;
  readonly #attributes: AttributeShredder;
  readonly #droppedAttributesCounts = new GrowableInt32();
  #lastName = -1;
  #count = 0;
  #mark = 0;

  constructor(dictionaries: BatchDictionaries) {
    this.#nameDictionary = dictionaries.eventNames;
    this.#attributes = new AttributeShredder(dictionaries.eventAttributes, []);
  }

  get count(): number {
    return this.#count;
  }

  get approximateBytes(): number {
    return this.#count * 16 + this.#attributes.table.approximateBytes;
  }

  mark(): void {
    this.#mark = this.#count;
    this.#attributes.table.mark();
  }

  /** Takes back everything since the last {@link mark}. */
  rollback(): void {
    this.#count = this.#mark;
    this.#times.truncate(this.#mark);
    this.#names.length = this.#mark;
    this.#droppedAttributesCounts.length = this.#mark;
    this.#attributes.table.rollback();
  }

  /** Appends the Event at the reader (its length comes first), with its absolute time. */
  shred(reader: WireReader): void {
    const outer = reader.enter('Event');
    const end = reader.limit;
    let timeLow = 0;
    let timeHigh = 0;
    let nameStart = end;
    let nameEnd = end;
    let droppedAttributesCount = 0;
    let previousKey = -1;
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag === 0x1a) previousKey = this.#attributes.shred(reader, previousKey);
      else if (tag === 0x09) {
        reader.readFixed64();
        timeLow = reader.low;
        timeHigh = reader.high;
      } else if (tag === 0x12) {
        nameEnd = reader.readDelimitedEnd();
        nameStart = reader.position;
        reader.position = nameEnd;
      } else if (tag === 0x20) droppedAttributesCount = reader.readVarint32();
      else reader.skip(tag);
    }
    reader.leave(outer, 'Span');
    this.#attributes.table.endParent();
    this.#times.push(timeLow, timeHigh);
    this.#lastName = this.#nameDictionary.intern(reader, nameStart, nameEnd, this.#lastName);
    this.#names.push(this.#lastName);
    this.#droppedAttributesCounts.push(droppedAttributesCount);
    this.#count += 1;
  }

  /** Turns the times of the events from `first` on into times since the start of their span. */
  makeRelative(first: number, startLow: number, startHigh: number): void {
    const words = this.#times.words.array;
    for (let i = first; i < this.#count; i++) {
      const low = words[i * 2]!;
      words[i * 2 + 1] = differenceHigh(low, words[i * 2 + 1]!, startLow, startHigh);
      words[i * 2] = (low - startLow) | 0;
    }
  }

  view(): EventTable {
    return {
      count: this.#count,
      timeSinceStartNanos: this.#times.view(),
      names: { dictionary: this.#nameDictionary.snapshot(), codes: this.#names.view() },
      attributes: this.#attributes.table.view(),
      droppedAttributesCounts: this.#droppedAttributesCounts.view(),
    };
  }
}

export class LinkTableBuilder {
  readonly #traceIds = new GrowableBytes();
  readonly #spanIds = new GrowableBytes();
  readonly #traceStates = new GrowableInt32();
  readonly #traceStateDictionary: ByteDictionary;
  readonly #attributes: AttributeShredder;
  readonly #droppedAttributesCounts = new GrowableInt32();
  #count = 0;
  #mark = 0;

  constructor(dictionaries: BatchDictionaries) {
    this.#traceStateDictionary = dictionaries.linkTraceStates;
    this.#attributes = new AttributeShredder(dictionaries.linkAttributes, []);
  }

  get count(): number {
    return this.#count;
  }

  get approximateBytes(): number {
    return (
      this.#count * 16 +
      this.#traceIds.bytes.length +
      this.#spanIds.bytes.length +
      this.#attributes.table.approximateBytes
    );
  }

  mark(): void {
    this.#mark = this.#count;
    this.#attributes.table.mark();
  }

  /** Takes back everything since the last {@link mark}. */
  rollback(): void {
    this.#count = this.#mark;
    this.#traceIds.truncate(this.#mark);
    this.#spanIds.truncate(this.#mark);
    this.#traceStates.length = this.#mark;
    this.#droppedAttributesCounts.length = this.#mark;
    this.#attributes.table.rollback();
  }

  /** Appends the Link at the reader (its length comes first). */
  shred(reader: WireReader): void {
    const outer = reader.enter('Link');
    const end = reader.limit;
    let traceIdStart = end;
    let traceIdEnd = end;
    let spanIdStart = end;
    let spanIdEnd = end;
    let stateStart = end;
    let stateEnd = end;
    let droppedAttributesCount = 0;
    let previousKey = -1;
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag === 0x22) previousKey = this.#attributes.shred(reader, previousKey);
      else if (tag === 0x28) droppedAttributesCount = reader.readVarint32();
      else if (tag === 0x0a || tag === 0x12 || tag === 0x1a) {
        const fieldEnd = reader.readDelimitedEnd();
        const fieldStart = reader.position;
        reader.position = fieldEnd;
        if (tag === 0x0a) {
          traceIdStart = fieldStart;
          traceIdEnd = fieldEnd;
        } else if (tag === 0x12) {
          spanIdStart = fieldStart;
          spanIdEnd = fieldEnd;
        } else {
          stateStart = fieldStart;
          stateEnd = fieldEnd;
        }
      } else reader.skip(tag);
    }
    reader.leave(outer, 'Span');
    this.#attributes.table.endParent();
    this.#traceIds.push(reader.bytes, traceIdStart, traceIdEnd);
    this.#spanIds.push(reader.bytes, spanIdStart, spanIdEnd);
    this.#traceStates.push(this.#traceStateDictionary.intern(reader, stateStart, stateEnd));
    this.#droppedAttributesCounts.push(droppedAttributesCount);
    this.#count += 1;
  }

  view(): LinkTable {
    return {
      count: this.#count,
      traceIds: this.#traceIds.view(),
      spanIds: this.#spanIds.view(),
      traceStates: {
        dictionary: this.#traceStateDictionary.snapshot(),
        codes: this.#traceStates.view(),
      },
      attributes: this.#attributes.table.view(),
      droppedAttributesCounts: this.#droppedAttributesCounts.view(),
    };
  }
}
