import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { LiveTraces } from './live-traces.ts';
import type { PieceInfo } from './push-record.ts';

const RANGE = { startUnixSeconds: 100, endUnixSeconds: 200 };

function piece(id: number, byteLength: number): PieceInfo {
  return { traceId: idOf(id), byteLength, spanCount: 1, ...RANGE };
}

function idOf(id: number): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? id : 0xf0 + i));
}

function limits(maxTracesPerUser: number, maxBytesPerTrace: number) {
  return { maxTracesPerUser, maxBytesPerTrace, maxBytesPerTagValuesQuery: 0, dedicatedColumns: [] };
}

describe('LiveTraces', () => {
  it('refuses a new trace when as many are live as max_traces_per_user, but not spans of live ones', () => {
    const live = new LiveTraces();
    const two = limits(2, 0);
    const outcomes = [1, 2, 3, 1, 2].map((id) => live.admit(piece(id, 10), RANGE, two, 0));
    expect(outcomes).toEqual([
      'accepted',
      'accepted',
      'live_traces_exceeded',
      'accepted',
      'accepted',
    ]);
    expect([live.liveCount, live.liveBytes]).toEqual([2, 40]);
  });

  it('counts refused pieces towards the size of a trace, and remembers it after the trace is idle', () => {
    const live = new LiveTraces();
    const admit = (bytes: number, nowMs: number) =>
      live.admit(piece(1, bytes), RANGE, limits(0, 100), nowMs);
    expect(admit(60, 0)).toBe('accepted');
    expect(admit(41, 1)).toBe('trace_too_large');
    expect(admit(1, 2)).toBe('trace_too_large');
    expect(live.endLives(10, 5, 1000)).toBe(1);
    expect(admit(1, 11)).toBe('trace_too_large');
    live.forgetEnded();
    expect(admit(100, 12)).toBe('accepted');
  });

  it('0 means no limit', () => {
    const live = new LiveTraces();
    for (let id = 0; id < 50; id += 1)
      expect(live.admit(piece(id, 1e9), RANGE, limits(0, 0), 0)).toBe('accepted');
  });

  it('a trace ends when idle, or when old although it still receives', () => {
    const live = new LiveTraces();
    for (let nowMs = 0; nowMs <= 30; nowMs += 3) {
      live.admit(piece(1, 1), RANGE, limits(0, 0), nowMs);
      if (nowMs === 0) live.admit(piece(2, 1), RANGE, limits(0, 0), nowMs);
    }
    expect(live.endLives(4, 5, 100)).toBe(0);
    expect(live.endLives(31, 5, 100)).toBe(1);
    expect(live.liveCount).toBe(1);
    expect(live.endLives(31, 5, 31)).toBe(1);
    expect([live.liveCount, live.liveBytes]).toEqual([0, 0]);
  });

  it('what could not be stored does not count', () => {
    const live = new LiveTraces();
    live.admit(piece(1, 60), RANGE, limits(1, 100), 0);
    live.revoke(piece(1, 60));
    expect([live.liveCount, live.liveBytes]).toEqual([0, 0]);
    expect(live.admit(piece(1, 100), RANGE, limits(1, 100), 0)).toBe('accepted');
  });

  it('gives the ids of live traces with the range of their spans', () => {
    const live = new LiveTraces();
    live.admit(piece(1, 1), { startUnixSeconds: 5, endUnixSeconds: 9 }, limits(0, 0), 0);
    live.admit(piece(2, 1), { startUnixSeconds: 7, endUnixSeconds: 12 }, limits(0, 0), 50);
    expect(live.liveIds()).toEqual({
      ids: new Uint8Array([...idOf(1), ...idOf(2)]),
      range: { startUnixSeconds: 5, endUnixSeconds: 12 },
    });
    live.endLives(50, 20, 1000);
    expect(live.liveIds()).toEqual({
      ids: idOf(2),
      range: { startUnixSeconds: 7, endUnixSeconds: 12 },
    });
  });

  it('its counters equal a recount after any history', () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('push' as const),
        id: fc.nat(5),
        bytes: fc.integer({ min: 1, max: 40 }),
      }),
      fc.record({ kind: fc.constant('end' as const), idle: fc.nat(6) }),
      fc.record({ kind: fc.constant('forget' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const live = new LiveTraces();
        const model = new Map<number, { bytes: number; last: number }>();
        for (const [nowMs, action] of steps.entries()) {
          if (action.kind === 'forget') live.forgetEnded();
          else if (action.kind === 'end') {
            live.endLives(nowMs, action.idle, 1e9);
            for (const [id, trace] of model)
              if (nowMs - trace.last >= action.idle) model.delete(id);
          } else if (
            live.admit(piece(action.id, action.bytes), RANGE, limits(3, 0), nowMs) === 'accepted'
          ) {
            const bytes = (model.get(action.id)?.bytes ?? 0) + action.bytes;
            model.set(action.id, { bytes, last: nowMs });
          } else expect(model.size).toBe(3);
          expect(live.liveCount).toBe(model.size);
          expect(live.liveBytes).toBe([...model.values()].reduce((sum, t) => sum + t.bytes, 0));
        }
      }),
    );
  });
});
