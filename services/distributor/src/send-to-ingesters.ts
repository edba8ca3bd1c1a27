/**
 * Writes pieces to ingesters. The one place that knows which ingesters hold a trace and how many must
 * agree: in a single process that is the one ingester behind the port.
 */
import { IngestError, type PieceOutcome, type Pusher, type TenantId } from '@tempo-ts/ports';
import type { TracePiece } from '@tempo-ts/otlp';
import type { DistributorMetrics } from './metrics.ts';

export interface IngesterClient {
  /** Value of the `ingester` label: its address. */
  readonly name: string;
  readonly pusher: Pusher;
}

export class IngesterWriter {
  readonly #ingester: IngesterClient;
  readonly #metrics: DistributorMetrics;

  constructor(ingester: IngesterClient, metrics: DistributorMetrics) {
    this.#ingester = ingester;
    this.#metrics = metrics;
    metrics.ingesterClients.set({}, 1);
  }

  /**
   * Resolves when the pieces are durable, with one outcome per piece.
   *
   * @throws IngestError `unavailable` or `exhausted` when nothing was stored.
   */
  async write(tenant: TenantId, pieces: readonly TracePiece[]): Promise<readonly PieceOutcome[]> {
    const labels = { ingester: this.#ingester.name };
    this.#metrics.ingesterAppends.inc(labels);
    try {
      const outcomes = await this.#ingester.pusher.push({ tenant, pieces });
      if (outcomes.length === pieces.length) return outcomes;
      throw new IngestError(
        'unavailable',
        `ingester ${this.#ingester.name} answered for ${outcomes.length} of ${pieces.length} traces`,
      );
    } catch (error) {
      this.#metrics.ingesterAppendFailures.inc(labels);
      throw error;
    }
  }
}
