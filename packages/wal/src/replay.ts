/**
 * Reads segments back. Memory is one window of the file and one record, whatever the length of the
 * segment. A torn tail (the write that a crash interrupted) ends the segment; damage before that
 * is skipped up to the next intact record and counted.
 */
import { join } from 'node:path';
import {
  decodeRecordHeader,
  isIntactPayload,
  RECORD_HEADER_BYTES,
  RECORD_MAGIC,
} from './record.ts';
import { decodeSegmentHeader, SEGMENT_HEADER_BYTES, segmentFileName } from './segment.ts';
import type { WalFile, WalFileSystem } from './wal-file-system.ts';

/** A record as it was appended. */
export interface WalRecord {
  readonly type: number;
  /** Owned by the receiver; its buffer holds nothing else and may be transferred. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** What was found in a segment. */
export interface SegmentReport {
  records: number;
  /** Length of the payloads. */
  payloadBytes: number;
  /** Stretches that hold no readable record, other than a torn tail. */
  damagedRanges: number;
  damagedBytes: number;
  /** Bytes of the write that was interrupted; they were never acknowledged. */
  tornTailBytes: number;
}

/** Bytes read at once. */
const WINDOW_BYTES = 1024 * 1024;

/**
 * The records of segment `sequence` in order; returns what was found. A torn tail is cut off the
 * file.
 */
export async function* replaySegment(options: {
  readonly fileSystem: WalFileSystem;
  readonly directory: string;
  readonly sequence: number;
}): AsyncGenerator<WalRecord, SegmentReport> {
  const path = join(options.directory, segmentFileName(options.sequence));
  const file = await options.fileSystem.open(path);
  try {
    const reader = new SegmentReader(file, await file.size());
    yield* reader.records();
    if (reader.report.tornTailBytes > 0) {
      await file.truncate(reader.sizeBytes - reader.report.tornTailBytes);
      await file.sync();
    }
    return reader.report;
  } finally {
    await file.close();
  }
}

/**
 * Keeps a damaged segment for a human to look at, under the name `<segment>.damaged`, also after
 * the segment itself is deleted.
 */
export async function keepDamagedSegment(options: {
  readonly fileSystem: WalFileSystem;
  readonly directory: string;
  readonly sequence: number;
}): Promise<string> {
  const path = join(options.directory, segmentFileName(options.sequence));
  await options.fileSystem.link(path, `${path}.damaged`);
  return `${path}.damaged`;
}

class SegmentReader {
  readonly sizeBytes: number;
  readonly report: SegmentReport = {
    records: 0,
    payloadBytes: 0,
    damagedRanges: 0,
    damagedBytes: 0,
    tornTailBytes: 0,
  };
  readonly #window: FileWindow;
  #salt = 0;

  constructor(file: WalFile, sizeBytes: number) {
    this.sizeBytes = sizeBytes;
    this.#window = new FileWindow(file, sizeBytes);
  }

  async *records(): AsyncGenerator<WalRecord> {
    const salt = decodeSegmentHeader(await this.#window.view(0, SEGMENT_HEADER_BYTES));
    if (salt === undefined || this.sizeBytes < SEGMENT_HEADER_BYTES) {
      await this.#giveUp(0);
      return;
    }
    this.#salt = salt;
    let offset = SEGMENT_HEADER_BYTES;
    while (offset < this.sizeBytes) {
      const header = decodeRecordHeader(await this.#window.view(offset, RECORD_HEADER_BYTES), salt);
      if (!header) {
        const next = await this.#findRecord(offset + 1);
        if (next === undefined) {
          await this.#giveUp(offset);
          return;
        }
        this.#countDamage(next - offset);
        offset = next;
        continue;
      }
      const payloadStart = offset + RECORD_HEADER_BYTES;
      const end = payloadStart + header.payloadLength;
      // The header is intact, so the length is true: this record was still being written.
      if (end > this.sizeBytes) {
        this.report.tornTailBytes = this.sizeBytes - offset;
        return;
      }
      const payload = await this.#window.copy(payloadStart, header.payloadLength);
      if (isIntactPayload(header, payload, salt)) {
        this.report.records += 1;
        this.report.payloadBytes += payload.length;
        yield { type: header.type, payload };
      } else this.#countDamage(end - offset);
      offset = end;
    }
  }

  #countDamage(byteLength: number): void {
    this.report.damagedRanges += 1;
    this.report.damagedBytes += byteLength;
  }

  /**
   * No record follows: the rest is a torn tail when it is too short to hold a header, or when it is
   * zeros (a length that reached the disk before its data); else it is damage.
   */
  async #giveUp(offset: number): Promise<void> {
    const rest = this.sizeBytes - offset;
    const shortest = offset === 0 ? SEGMENT_HEADER_BYTES : RECORD_HEADER_BYTES;
    if (rest < shortest || (await this.#isZero(offset))) this.report.tornTailBytes = rest;
    else this.#countDamage(rest);
  }

  /** Where the first intact record header at or after `start` lies. */
  async #findRecord(start: number): Promise<number | undefined> {
    let offset = start;
    while (offset + RECORD_HEADER_BYTES <= this.sizeBytes) {
      const view = await this.#window.view(offset, Math.min(WINDOW_BYTES, this.sizeBytes - offset));
      const found = Buffer.from(view.buffer, view.byteOffset, view.length).indexOf(RECORD_MAGIC);
      if (found < 0) {
        // The magic may lie across the end of this view.
        offset += Math.max(1, view.length - RECORD_MAGIC.length + 1);
        continue;
      }
      offset += found;
      const header = await this.#window.view(offset, RECORD_HEADER_BYTES);
      if (decodeRecordHeader(header, this.#salt)) return offset;
      offset += 1;
    }
    return undefined;
  }

  async #isZero(start: number): Promise<boolean> {
    for (let offset = start; offset < this.sizeBytes;) {
      const view = await this.#window.view(offset, Math.min(WINDOW_BYTES, this.sizeBytes - offset));
      const length = view.length;
      if (length === 0) break;
      for (let i = 0; i < length; i += 1) if (view[i] !== 0) return false;
      offset += length;
    }
    return true;
  }
}

/** The part of a file that is in memory. */
class FileWindow {
  readonly #file: WalFile;
  readonly #sizeBytes: number;
  readonly #buffer = new Uint8Array(WINDOW_BYTES);
  #start = 0;
  #length = 0;

  constructor(file: WalFile, sizeBytes: number) {
    this.#file = file;
    this.#sizeBytes = sizeBytes;
  }

  /** `length` (at most the window's) bytes at `offset`, fewer at the end; valid until the next call. */
  async view(offset: number, length: number): Promise<Uint8Array> {
    const wanted = Math.min(length, this.#sizeBytes - offset);
    if (offset < this.#start || offset + wanted > this.#start + this.#length) {
      this.#length = await this.#file.read(this.#buffer, offset);
      this.#start = offset;
    }
    const first = offset - this.#start;
    return this.#buffer.subarray(first, Math.min(first + wanted, this.#length));
  }

  /** `length` bytes at `offset` in a buffer of their own. */
  async copy(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length);
    if (length <= WINDOW_BYTES) bytes.set(await this.view(offset, length));
    else await this.#file.read(bytes, offset);
    return bytes;
  }
}
