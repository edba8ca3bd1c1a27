/**
 * Takes the spans of one tenant: admits them within the tenant's limits, makes them durable, and
 * hands the same bytes to the head worker. Cuts the head into what a block is made of.
 */
import { assert, randomUuid, type Clock, type Random, type Timers } from '@tempo-ts/runtime';
import { IngestError, type PieceOutcome, type TenantId } from '@tempo-ts/ports';
import type { TracePiece } from '@tempo-ts/otlp';
import type { DedicatedColumn } from '@tempo-ts/span-batch';
import type { Logger } from '@tempo-ts/telemetry';
import { WalError, type WalRecord, type WalWriter } from '@tempo-ts/wal';
import type { IngesterConfig, LimitsOf } from './config.ts';
import type { HeadClient } from './head-client.ts';
import type { IngesterBounds } from './limits.ts';
import { LiveTraces } from './live-traces.ts';
import type { IngesterMetrics } from './metrics.ts';
import { encodePushRecord, forEachPiece, RecordType } from './push-record.ts';
import { clampToSlack, widen, type TimeRange } from './time-range.ts';

/** What all tenants of an ingester share. */
export interface TenantContext {
  readonly config: IngesterConfig;
  readonly bounds: IngesterBounds;
  readonly limitsOf: LimitsOf;
  readonly head: HeadClient;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: IngesterMetrics;
  /** OTLP bytes of all tenants in memory that are not yet served from a block. */
  readonly recent: { bytes: number };
}

/** Where rows of a tenant go at present, as far as the main thread knows. */
interface OpenHead {
  readonly headId: number;
  readonly dedicatedColumns: readonly DedicatedColumn[];
  /** When the first bytes came. */
  filledSinceMs: number | undefined;
  byteLength: number;
  range: TimeRange | undefined;
  /** Replayed log segments whose rows are in the head. */
  readonly replayedSegments: number[];
}

/** A head that takes no more rows and becomes a block. */
export interface CutHead {
  readonly tenant: TenantId;
  readonly headId: number;
  readonly blockId: string;
  readonly dedicatedColumns: readonly DedicatedColumn[];
  /** OTLP bytes it took. */
  readonly byteLength: number;
  readonly range: TimeRange;
  /** Log segments that hold its rows and nothing else that is needed. */
  readonly segments: readonly number[];
  /** Resolves when the rows that were carried on are durable in later segments. */
  readonly carriedOn: Promise<void>;
}

/** Wait between attempts to store carried rows, while the disk is full. */
const CARRY_RETRY_MS = 5_000;

export class TenantInstance {
  readonly tenant: TenantId;
  readonly wal: WalWriter;
  readonly #context: TenantContext;
  readonly #live = new LiveTraces();
  readonly #labels: { readonly tenant: TenantId };
  #head: OpenHead;
  /** Bytes of cut heads that are not yet released. */
  #cutBytes = 0;
  /** Settles when nothing of an earlier cut is under way. */
  #lastCut: Promise<unknown> = Promise.resolve();
  #lastPushMs: number;
  #isStopping = false;

  constructor(tenant: TenantId, wal: WalWriter, context: TenantContext) {
    this.tenant = tenant;
    this.wal = wal;
    this.#context = context;
    this.#labels = { tenant };
    this.#lastPushMs = context.clock.monotonicMs();
    this.#head = this.#openHead();
  }

  /** OTLP bytes in memory that are not yet served from a block. */
  get recentBytes(): number {
    return this.#head.byteLength + this.#cutBytes;
  }

  /** OTLP bytes of the head that takes rows. */
  get headBytes(): number {
    return this.#head.byteLength;
  }

  get liveTraceCount(): number {
    return this.#live.liveCount;
  }

  /**
   * Stores pieces; see the Pusher port. The outcomes follow `max_traces_per_user` and
   * `max_bytes_per_trace`.
   */
  async push(pieces: readonly TracePiece[]): Promise<readonly PieceOutcome[]> {
    const { clock, limitsOf, head, metrics } = this.#context;
    const nowUnixMs = clock.nowUnixMs();
    const nowMs = clock.monotonicMs();
    const limits = limitsOf(this.tenant);
    this.#lastPushMs = nowMs;
    const accepted: TracePiece[] = [];
    let range: TimeRange | undefined;
    const outcomes = pieces.map((piece) => {
      assert(piece.traceId.length === 16, `trace id of ${piece.traceId.length} bytes`);
      const pieceRange = this.#clamp(piece, nowUnixMs);
      const outcome = this.#live.admit(piece, pieceRange, limits, nowMs);
      if (outcome !== 'accepted') return outcome;
      accepted.push(piece);
      range = widen(range, pieceRange);
      return outcome;
    });
    if (!range) return outcomes;
    try {
      const payload = encodePushRecord(accepted);
      await head.reserve(payload.length);
      await this.#append(payload, range);
    } catch (error) {
      for (const piece of accepted) this.#live.revoke(piece);
      throw error;
    }
    const byteLength = accepted.reduce((sum, piece) => sum + piece.byteLength, 0);
    metrics.bytesReceived.inc({ ...this.#labels, data_type: 'trace' }, byteLength);
    return outcomes;
  }

  /** Ends the lives of idle and old traces; `all`: of every trace. */
  endLives(options: { readonly all: boolean }): void {
    const { clock, config, metrics } = this.#context;
    const idleMs = options.all ? 0 : config.traceIdlePeriodMs;
    const liveMs = options.all ? 0 : config.traceLivePeriodMs;
    const ended = this.#live.endLives(clock.monotonicMs(), idleMs, liveMs);
    metrics.tracesCreated.inc(this.#labels, ended);
    metrics.liveTraces.set(this.#labels, this.#live.liveCount);
    metrics.liveTraceBytes.set(this.#labels, this.#live.liveBytes);
  }

  /** Whether the head is old or large enough to become a block. */
  isHeadDue(): boolean {
    const { clock, config } = this.#context;
    const { filledSinceMs, byteLength } = this.#head;
    if (filledSinceMs === undefined) return false;
    const ageMs = clock.monotonicMs() - filledSinceMs;
    return ageMs >= config.maxBlockDurationMs || byteLength >= config.maxBlockBytes;
  }

  /**
   * Cuts the head behind everything stored so far. Rows of live traces go on into the next head.
   *
   * @returns undefined when the head is empty.
   */
  cut(): Promise<CutHead | undefined> {
    const cut = this.#lastCut.then(() => this.#cutNow());
    // The next cut waits until carried rows are in the segments of the head they are in.
    this.#lastCut = cut.then((head) => head?.carriedOn).catch(() => undefined);
    return cut;
  }

  /** The block of a cut head answers now: its memory and its part of the log are free. */
  release(cut: CutHead): void {
    this.#cutBytes -= cut.byteLength;
    this.#context.recent.bytes -= cut.byteLength;
    this.#context.head.releaseHead(cut.headId);
  }

  /** Takes a record found in the log at start, or again after the head worker was lost. */
  async replay(record: WalRecord): Promise<void> {
    const { clock, head } = this.#context;
    const nowUnixMs = clock.nowUnixMs();
    const nowMs = clock.monotonicMs();
    const byteLength = record.payload.length;
    let range: TimeRange | undefined;
    forEachPiece(record.payload, (piece) => {
      // As of its arrival, which is not known; its own times are the best guess.
      const pieceRange = this.#clamp(piece, nowUnixMs);
      range = widen(range, pieceRange);
      this.#live.restore(piece, pieceRange, nowMs);
    });
    if (!range) return;
    await head.reserve(byteLength, { patient: true });
    this.#took(byteLength, range);
    head.append(this.#head.headId, record.payload, record.type === RecordType.Carried);
  }

  /** The rows of a log segment are all in the head. */
  replayed(segment: number): void {
    this.#head.replayedSegments.push(segment);
  }

  /** Starts over with an empty head: all rows were lost with the head worker. */
  forgetRows(): void {
    this.#context.recent.bytes -= this.recentBytes;
    this.#cutBytes = 0;
    this.#head = this.#openHead();
  }

  /** Whether nothing of the tenant is in memory and nothing came for `periodMs`. */
  isUnusedFor(periodMs: number): boolean {
    const isEmpty = this.recentBytes === 0 && this.#live.liveCount === 0;
    const idleMs = this.#context.clock.monotonicMs() - this.#lastPushMs;
    return isEmpty && this.wal.waitingBytes === 0 && idleMs >= periodMs;
  }

  /** Gives back what an empty instance still holds. */
  async discard(): Promise<void> {
    const { head, metrics } = this.#context;
    head.releaseHead(this.#head.headId);
    metrics.liveTraces.remove(this.#labels);
    metrics.liveTraceBytes.remove(this.#labels);
    await this.close();
  }

  /** Finishes what was accepted and takes nothing more. */
  async close(): Promise<void> {
    this.#isStopping = true;
    await this.wal.close();
  }

  #openHead(): OpenHead {
    const { head, limitsOf } = this.#context;
    const { dedicatedColumns } = limitsOf(this.tenant);
    return {
      headId: head.openHead(this.tenant, dedicatedColumns),
      dedicatedColumns,
      filledSinceMs: undefined,
      byteLength: 0,
      range: undefined,
      replayedSegments: [],
    };
  }

  #clamp(piece: TimeRange, nowUnixMs: number): TimeRange {
    const slackMs = this.#context.config.ingestionTimeRangeSlackMs;
    const { range, isOutsideSlack } = clampToSlack(piece, nowUnixMs, slackMs);
    if (isOutsideSlack)
      this.#context.metrics.warnings.inc({
        ...this.#labels,
        reason: 'outside_ingestion_time_slack',
      });
    return range;
  }

  /** Makes reserved bytes durable and posts them to the head worker, in the order of the log. */
  async #append(payload: Uint8Array<ArrayBuffer>, range: TimeRange): Promise<void> {
    const { head } = this.#context;
    const byteLength = payload.length;
    try {
      await this.wal.append(RecordType.Push, payload, () => {
        this.#took(byteLength, range);
        head.append(this.#head.headId, payload, false);
      });
    } catch (error) {
      head.release(byteLength);
      throw ingestErrorOf(error);
    }
  }

  #took(byteLength: number, range: TimeRange): void {
    const head = this.#head;
    head.filledSinceMs ??= this.#context.clock.monotonicMs();
    head.byteLength += byteLength;
    this.#context.recent.bytes += byteLength;
    head.range = widen(head.range, range);
  }

  async #cutNow(): Promise<CutHead | undefined> {
    let cut: CutHead | undefined;
    await this.wal.rotate((closed) => {
      cut = this.#switchHead(closed);
    });
    return cut;
  }

  /** Runs between the last record of the closed segments and the first one of the next. */
  #switchHead(closed: readonly number[]): CutHead | undefined {
    const before = this.#head;
    const segments = [...before.replayedSegments, ...closed];
    const { range } = before;
    if (!range) {
      assert(segments.length === 0, `tenant ${this.tenant}: segments without rows`);
      return undefined;
    }
    const { ids, range: liveRange } = this.#live.liveIds();
    this.#live.forgetEnded();
    this.#head = this.#openHead();
    this.#cutBytes += before.byteLength;
    const carriedOn = this.#carryOn(before.headId, this.#head, ids, liveRange);
    // Awaited by whoever writes the block; a crash of the worker is handled where it is noticed.
    carriedOn.catch(() => undefined);
    return {
      tenant: this.tenant,
      headId: before.headId,
      blockId: randomUuid(this.#context.random),
      dedicatedColumns: before.dedicatedColumns,
      byteLength: before.byteLength,
      range,
      segments,
      carriedOn,
    };
  }

  async #carryOn(
    headId: number,
    next: OpenHead,
    liveIds: Uint8Array,
    liveRange: TimeRange | undefined,
  ): Promise<void> {
    const nextHeadId = next.headId;
    const payloads = await this.#context.head.call('cut', { headId, nextHeadId, liveIds });
    for (const payload of payloads) {
      if (liveRange) this.#took(payload.length, liveRange);
      await this.#storeCarried(payload);
    }
  }

  /** Tries until it succeeds: the block of the cut must not be completed before. */
  async #storeCarried(payload: Uint8Array): Promise<void> {
    const { timers, logger } = this.#context;
    for (;;) {
      try {
        await this.wal.append(RecordType.Carried, payload);
        return;
      } catch (error) {
        if (this.#isStopping) throw error;
        logger.error('rows of live traces could not be stored again', {
          tenant: this.tenant,
          retryInMs: CARRY_RETRY_MS,
          error,
        });
        await timers.sleep(CARRY_RETRY_MS);
      }
    }
  }
}

/** What the log's failure means to the sender: everything is retryable but a record too large. */
function ingestErrorOf(error: unknown): unknown {
  if (!(error instanceof WalError)) return error;
  if (error.code === 'record_too_large')
    return new IngestError('invalid', error.message, { cause: error });
  const retryAfterMs = error.code === 'disk_full' ? 5_000 : 1_000;
  return new IngestError('unavailable', error.message, { cause: error, retryAfterMs });
}
