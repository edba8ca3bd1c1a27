/**
 * The traces of one tenant that still receive spans, and the sizes by which pieces are admitted.
 * Spans themselves are not here: they are in the log and with the head worker.
 */
import type { PieceOutcome } from '@tempo-ts/ports';
import type { TenantLimits } from './config.ts';
import type { PieceInfo } from './push-record.ts';
import type { TimeRange } from './time-range.ts';

interface KnownTrace {
  /** Bytes of all pieces that were sent, refused ones included. */
  sentBytes: number;
  /** Bytes of the stored pieces since the trace became live. */
  liveBytes: number;
  isLive: boolean;
  becameLiveMs: number;
  lastPushMs: number;
  startUnixSeconds: number;
  endUnixSeconds: number;
}

export class LiveTraces {
  /** By the 16 bytes of the id, as a latin1 string. */
  readonly #traces = new Map<string, KnownTrace>();
  #liveCount = 0;
  #liveBytes = 0;

  get liveCount(): number {
    return this.#liveCount;
  }

  get liveBytes(): number {
    return this.#liveBytes;
  }

  /** Traces whose size is remembered. */
  get knownCount(): number {
    return this.#traces.size;
  }

  /**
   * Decides whether a piece may be stored, and counts it. A new trace is refused while
   * `maxTracesPerUser` traces are live; spans of live traces go on being taken. Every piece counts
   * towards the size of its trace, refused or not.
   */
  admit(piece: PieceInfo, range: TimeRange, limits: TenantLimits, nowMs: number): PieceOutcome {
    const key = keyOf(piece.traceId);
    const known = this.#traces.get(key);
    const isNew = !known?.isLive;
    if (isNew && limits.maxTracesPerUser > 0 && this.#liveCount >= limits.maxTracesPerUser)
      return 'live_traces_exceeded';
    const trace = known ?? this.#remember(key, nowMs);
    trace.sentBytes += piece.byteLength;
    trace.lastPushMs = nowMs;
    if (limits.maxBytesPerTrace > 0 && trace.sentBytes > limits.maxBytesPerTrace)
      return 'trace_too_large';
    this.#store(trace, piece.byteLength, range, nowMs);
    return 'accepted';
  }

  /** Counts a piece that is stored already: replayed from the log. */
  restore(piece: PieceInfo, range: TimeRange, nowMs: number): void {
    const key = keyOf(piece.traceId);
    const trace = this.#traces.get(key) ?? this.#remember(key, nowMs);
    trace.sentBytes += piece.byteLength;
    trace.lastPushMs = nowMs;
    this.#store(trace, piece.byteLength, range, nowMs);
  }

  /** Takes back what {@link admit} counted for a piece that could not be stored. */
  revoke(piece: PieceInfo): void {
    const trace = this.#traces.get(keyOf(piece.traceId));
    if (!trace) return;
    trace.sentBytes = Math.max(0, trace.sentBytes - piece.byteLength);
    if (!trace.isLive) return;
    const bytes = Math.min(trace.liveBytes, piece.byteLength);
    trace.liveBytes -= bytes;
    this.#liveBytes -= bytes;
    if (trace.liveBytes === 0) this.#endLife(trace);
  }

  /**
   * Ends the life of traces without a push for `idlePeriodMs`, or live for `livePeriodMs`.
   *
   * @returns how many.
   */
  endLives(nowMs: number, idlePeriodMs: number, livePeriodMs: number): number {
    let count = 0;
    for (const trace of this.#traces.values()) {
      if (!trace.isLive) continue;
      const isIdle = nowMs - trace.lastPushMs >= idlePeriodMs;
      if (!isIdle && nowMs - trace.becameLiveMs < livePeriodMs) continue;
      this.#endLife(trace);
      count += 1;
    }
    return count;
  }

  /** The ids of the live traces, one behind the other, and the time range of their spans. */
  liveIds(): { readonly ids: Uint8Array<ArrayBuffer>; readonly range: TimeRange | undefined } {
    const ids = new Uint8Array(this.#liveCount * 16);
    let range: TimeRange | undefined;
    let at = 0;
    for (const [key, trace] of this.#traces) {
      if (!trace.isLive) continue;
      for (let i = 0; i < 16; i += 1) ids[at + i] = key.charCodeAt(i);
      at += 16;
      range = {
        startUnixSeconds: Math.min(range?.startUnixSeconds ?? Infinity, trace.startUnixSeconds),
        endUnixSeconds: Math.max(range?.endUnixSeconds ?? 0, trace.endUnixSeconds),
      };
    }
    return { ids, range };
  }

  /** Forgets the sizes of traces that are no longer live: done when a head is cut. */
  forgetEnded(): void {
    for (const [key, trace] of this.#traces) if (!trace.isLive) this.#traces.delete(key);
  }

  #remember(key: string, nowMs: number): KnownTrace {
    const trace: KnownTrace = {
      sentBytes: 0,
      liveBytes: 0,
      isLive: false,
      becameLiveMs: nowMs,
      lastPushMs: nowMs,
      startUnixSeconds: Infinity,
      endUnixSeconds: 0,
    };
    this.#traces.set(key, trace);
    return trace;
  }

  #store(trace: KnownTrace, byteLength: number, range: TimeRange, nowMs: number): void {
    if (!trace.isLive) {
      trace.isLive = true;
      trace.becameLiveMs = nowMs;
      this.#liveCount += 1;
    }
    trace.liveBytes += byteLength;
    this.#liveBytes += byteLength;
    trace.startUnixSeconds = Math.min(trace.startUnixSeconds, range.startUnixSeconds);
    trace.endUnixSeconds = Math.max(trace.endUnixSeconds, range.endUnixSeconds);
  }

  #endLife(trace: KnownTrace): void {
    trace.isLive = false;
    this.#liveCount -= 1;
    this.#liveBytes -= trace.liveBytes;
    trace.liveBytes = 0;
  }
}

function keyOf(traceId: Uint8Array): string {
  return Buffer.from(traceId.buffer, traceId.byteOffset, traceId.byteLength).toString('latin1');
}
