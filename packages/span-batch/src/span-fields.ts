/** The fields of the Span message being shredded, as positions in its bytes and as numbers. */
import type { WireReader } from '@tempo-ts/otlp';

export class SpanFields {
  idStart = 0;
  idEnd = 0;
  parentIdStart = 0;
  parentIdEnd = 0;
  nameStart = 0;
  nameEnd = 0;
  traceStateStart = 0;
  traceStateEnd = 0;
  statusMessageStart = 0;
  statusMessageEnd = 0;
  statusCode = 0;
  kind = 0;
  startLow = 0;
  startHigh = 0;
  endLow = 0;
  endHigh = 0;
  droppedAttributesCount = 0;
  droppedEventsCount = 0;
  droppedLinksCount = 0;

  /** Every field as it is when the message does not have it. */
  clear(): void {
    this.idStart = this.idEnd = 0;
    this.parentIdStart = this.parentIdEnd = 0;
    this.nameStart = this.nameEnd = 0;
    this.traceStateStart = this.traceStateEnd = 0;
    this.statusMessageStart = this.statusMessageEnd = 0;
    this.statusCode = this.kind = 0;
    this.startLow = this.startHigh = this.endLow = this.endHigh = 0;
    this.droppedAttributesCount = this.droppedEventsCount = this.droppedLinksCount = 0;
  }

  /** Reads the field with this tag; skips one it does not know. */
  read(reader: WireReader, tag: number): void {
    switch (tag) {
      case 0x12:
        this.idEnd = reader.readDelimitedEnd();
        this.idStart = reader.position;
        reader.position = this.idEnd;
        break;
      case 0x1a:
        this.traceStateEnd = reader.readDelimitedEnd();
        this.traceStateStart = reader.position;
        reader.position = this.traceStateEnd;
        break;
      case 0x22:
        this.parentIdEnd = reader.readDelimitedEnd();
        this.parentIdStart = reader.position;
        reader.position = this.parentIdEnd;
        break;
      case 0x2a:
        this.nameEnd = reader.readDelimitedEnd();
        this.nameStart = reader.position;
        reader.position = this.nameEnd;
        break;
      case 0x30:
        this.kind = reader.readVarint32();
        break;
      case 0x39:
        reader.readFixed64();
        this.startLow = reader.low;
        this.startHigh = reader.high;
        break;
      case 0x41:
        reader.readFixed64();
        this.endLow = reader.low;
        this.endHigh = reader.high;
        break;
      case 0x50:
        this.droppedAttributesCount = reader.readVarint32();
        break;
      case 0x60:
        this.droppedEventsCount = reader.readVarint32();
        break;
      case 0x70:
        this.droppedLinksCount = reader.readVarint32();
        break;
      case 0x7a:
        this.#readStatus(reader);
        break;
      default:
        reader.skip(tag);
    }
  }

  #readStatus(reader: WireReader): void {
    const outer = reader.enter('Status');
    const end = reader.limit;
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag === 0x12) {
        this.statusMessageEnd = reader.readDelimitedEnd();
        this.statusMessageStart = reader.position;
        reader.position = this.statusMessageEnd;
      } else if (tag === 0x18) this.statusCode = reader.readVarint32();
      else reader.skip(tag);
    }
    reader.leave(outer, 'Span');
  }
}
