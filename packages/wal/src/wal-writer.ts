/**
 * Appends records to the segments of one log and makes them durable before it says so. Records
 * that wait at the same moment share one write and one sync (group commit): under load the disk
 * is asked as often as it can answer, and an idle log answers after a single sync.
 *
 * After a failed write or sync nothing is known about the end of a segment, so it is closed for
 * good and the next record starts a new one.
 */
import { join } from 'node:path';
import { assert, type Random } from '@tempo-ts/runtime';
import { WalError, walErrorOf } from './errors.ts';
import { encodeRecordHeader, RECORD_HEADER_BYTES } from './record.ts';
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES, segmentFileName } from './segment.ts';
import type { WalFile, WalFileSystem } from './wal-file-system.ts';

/** Bounds of one log. */
export interface WalLimits {
  /** Records and their headers above this size are refused: replay holds one record in memory. */
  readonly maxRecordBytes: number;
  /** Payload bytes that may wait for the disk; more is refused as `overloaded`. */
  readonly maxWaitingBytes: number;
  /** Bytes of one group commit; keeps the wait of the first record of a group short. */
  readonly maxBatchBytes: number;
}

export const DEFAULT_WAL_LIMITS: WalLimits = {
  maxRecordBytes: 256 * 1024 * 1024,
  maxWaitingBytes: 256 * 1024 * 1024,
  maxBatchBytes: 16 * 1024 * 1024,
};

/** Records of one group commit; far below the 1,024 buffers that one writev takes. */
const MAX_BATCH_RECORDS = 256;

export interface WalWriterOptions {
  /** Where the segments lie; made when the first record comes. */
  readonly directory: string;
  /** Number of the first segment. MUST be higher than any segment the directory ever had. */
  readonly firstSequence: number;
  readonly fileSystem: WalFileSystem;
  readonly random: Random;
  readonly limits?: Partial<WalLimits>;
}

interface WaitingRecord {
  readonly kind: 'record';
  readonly type: number;
  readonly payload: Uint8Array;
  readonly onDurable: (() => void) | undefined;
  readonly resolve: () => void;
  readonly reject: (error: WalError) => void;
}

interface WaitingRotation {
  readonly kind: 'rotation';
  readonly onRotated: ((closed: readonly number[]) => void) | undefined;
  readonly resolve: (closed: readonly number[]) => void;
}

interface OpenSegment {
  readonly sequence: number;
  readonly file: WalFile;
  readonly salt: number;
  /** Length of what is known to be durable. */
  durableBytes: number;
}

export class WalWriter {
  readonly #directory: string;
  readonly #fileSystem: WalFileSystem;
  readonly #random: Random;
  readonly #limits: WalLimits;
  #waiting: (WaitingRecord | WaitingRotation)[] = [];
  #waitingBytes = 0;
  #nextSequence: number;
  #segment: OpenSegment | undefined;
  /** Closed since the last rotation. */
  #closedSegments: number[] = [];
  #pump: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: WalWriterOptions) {
    this.#directory = options.directory;
    this.#fileSystem = options.fileSystem;
    this.#random = options.random;
    this.#limits = { ...DEFAULT_WAL_LIMITS, ...options.limits };
    this.#nextSequence = options.firstSequence;
  }

  /** Payload bytes that wait for the disk. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** The segment that is written at present; undefined when the next record starts one. */
  get currentSegment(): number | undefined {
    return this.#segment?.sequence;
  }

  /**
   * Stores a record. Resolves when it is durable. The payload MUST NOT change until then.
   *
   * `onDurable` is called just before, synchronously: calls come in the order of the records in
   * the log, and before the `onRotated` of a rotation that was asked for later.
   *
   * @throws WalError when the record is not stored. (After a crash it may still be found in the
   *   log: a failed sync leaves open what reached the disk.)
   */
  append(type: number, payload: Uint8Array, onDurable?: () => void): Promise<void> {
    const refusal = this.#refusal(payload.length);
    if (refusal) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ kind: 'record', type, payload, onDurable, resolve, reject });
      this.#waitingBytes += payload.length;
      this.#wake();
    });
  }

  /**
   * Closes the current segment behind everything appended so far; later records go into a new
   * one. Resolves with the segments closed since the last rotation, oldest first: they hold
   * exactly the records appended since.
   */
  rotate(onRotated?: (closed: readonly number[]) => void): Promise<readonly number[]> {
    return new Promise((resolve) => {
      this.#waiting.push({ kind: 'rotation', onRotated, resolve });
      this.#wake();
    });
  }

  /** Removes closed segments; those that are gone already are no error. */
  async deleteSegments(sequences: readonly number[]): Promise<void> {
    if (sequences.length === 0) return;
    for (const sequence of sequences) {
      assert(sequence !== this.#segment?.sequence, `segment ${sequence} is still written`);
      await this.#fileSystem.remove(this.#path(sequence));
    }
    await this.#fileSystem.syncDirectory(this.#directory);
  }

  /** Finishes what was appended, then takes nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#pump;
    await this.#closeSegment();
  }

  #refusal(payloadLength: number): WalError | undefined {
    const { maxRecordBytes, maxWaitingBytes } = this.#limits;
    if (this.#isClosed) return new WalError('closed', 'the write-ahead log is closed');
    if (payloadLength + RECORD_HEADER_BYTES > maxRecordBytes)
      return new WalError(
        'record_too_large',
        `record of ${payloadLength} bytes exceeds the largest record of the write-ahead log, ${maxRecordBytes} bytes`,
      );
    if (this.#waitingBytes > 0 && this.#waitingBytes + payloadLength > maxWaitingBytes)
      return new WalError(
        'overloaded',
        `${this.#waitingBytes} bytes wait for the disk of the write-ahead log, limit ${maxWaitingBytes}`,
      );
    return undefined;
  }

  #wake(): void {
    this.#pump ??= this.#work();
  }

  async #work(): Promise<void> {
    // Lets everything pushed in this turn of the event loop join the first group.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const first = this.#waiting[0]!;
      if (first.kind === 'record') await this.#commit(this.#takeBatch());
      else {
        this.#waiting.shift();
        await this.#closeSegment();
        const closed = this.#closedSegments;
        this.#closedSegments = [];
        first.onRotated?.(closed);
        first.resolve(closed);
      }
    }
    // In the same turn as the last look at the queue: whoever comes next starts the pump again.
    this.#pump = undefined;
  }

  #takeBatch(): WaitingRecord[] {
    const batch: WaitingRecord[] = [];
    let batchBytes = 0;
    for (const item of this.#waiting) {
      if (item.kind !== 'record' || batch.length === MAX_BATCH_RECORDS) break;
      if (batch.length > 0 && batchBytes + item.payload.length > this.#limits.maxBatchBytes) break;
      batch.push(item);
      batchBytes += item.payload.length;
    }
    this.#waiting.splice(0, batch.length);
    return batch;
  }

  async #commit(batch: readonly WaitingRecord[]): Promise<void> {
    let failure: WalError | undefined;
    try {
      await this.#write(batch);
    } catch (error) {
      failure = walErrorOf(
        error,
        `segment ${this.#segment?.sequence ?? this.#nextSequence} in ${this.#directory}`,
      );
      await this.#poisonSegment();
    }
    for (const record of batch) {
      this.#waitingBytes -= record.payload.length;
      if (failure) record.reject(failure);
      else {
        record.onDurable?.();
        record.resolve();
      }
    }
  }

  async #write(batch: readonly WaitingRecord[]): Promise<void> {
    this.#segment ??= await this.#createSegment();
    const segment = this.#segment;
    const isNew = segment.durableBytes === 0;
    const buffers: Uint8Array[] = isNew ? [encodeSegmentHeader(segment.salt)] : [];
    let byteLength = isNew ? SEGMENT_HEADER_BYTES : 0;
    for (const { type, payload } of batch) {
      buffers.push(encodeRecordHeader(type, payload, segment.salt), payload);
      byteLength += RECORD_HEADER_BYTES + payload.length;
    }
    await segment.file.write(buffers, segment.durableBytes);
    await segment.file.sync();
    if (isNew) await this.#fileSystem.syncDirectory(this.#directory);
    segment.durableBytes += byteLength;
  }

  async #createSegment(): Promise<OpenSegment> {
    await this.#fileSystem.makeDirectory(this.#directory);
    const sequence = this.#nextSequence;
    // Never tried twice: a name that failed half-way may still be taken.
    this.#nextSequence += 1;
    const file = await this.#fileSystem.create(this.#path(sequence));
    const saltBytes = this.#random.bytes(4);
    const salt = new DataView(saltBytes.buffer, saltBytes.byteOffset).getUint32(0, true);
    return { sequence, file, salt, durableBytes: 0 };
  }

  /** Gives up the current segment after a failure, keeping its durable records for replay. */
  async #poisonSegment(): Promise<void> {
    const segment = this.#segment;
    if (!segment) return;
    this.#segment = undefined;
    const isEmpty = segment.durableBytes === 0;
    if (!isEmpty) this.#closedSegments.push(segment.sequence);
    // Best effort: what cannot be cleaned up is recognised as a torn tail at replay.
    await segment.file.truncate(segment.durableBytes).catch(() => {});
    await segment.file.close().catch(() => {});
    if (isEmpty) await this.#fileSystem.remove(this.#path(segment.sequence)).catch(() => {});
  }

  async #closeSegment(): Promise<void> {
    const segment = this.#segment;
    if (!segment) return;
    this.#segment = undefined;
    this.#closedSegments.push(segment.sequence);
    // Everything in it is durable already; a failing close loses nothing.
    await segment.file.close().catch(() => {});
  }

  #path(sequence: number): string {
    return join(this.#directory, segmentFileName(sequence));
  }
}
