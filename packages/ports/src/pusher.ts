/** How a distributor writes to an ingester. */
import type { TracePiece } from '@tempo-ts/otlp';
import type { TenantId } from './tenant.ts';

export interface PushRequest {
  readonly tenant: TenantId;
  readonly pieces: readonly TracePiece[];
}

/** What became of one piece. Refused pieces were not stored. */
export type PieceOutcome = 'accepted' | 'live_traces_exceeded' | 'trace_too_large';

export interface Pusher {
  /**
   * Stores the pieces. When it resolves, every accepted piece is on disk (fsynced) and can be found
   * by id and by search. The implementation MUST have copied what it keeps: the caller may reuse the
   * buffers after it settles.
   *
   * @returns one outcome per piece, in order.
   * @throws IngestError `unavailable` or `exhausted` when nothing was stored.
   */
  push(request: PushRequest): Promise<readonly PieceOutcome[]>;
}
