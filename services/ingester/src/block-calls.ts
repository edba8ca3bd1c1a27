/** What the main thread asks of block workers. */
import type { BlockWriterConfig } from '@tempo-ts/block';
import type { BlockRef, PartialSeries, TenantId } from '@tempo-ts/ports';
import type { DedicatedColumn } from '@tempo-ts/span-batch';
import type { HeadContent } from './head-calls.ts';
import type { TimeRange } from './time-range.ts';

/** How a block worker is started. */
export interface BlockWorkerSettings {
  /** The directory of local blocks. */
  readonly path: string;
}

/** Everything a block is made of. */
export interface WriteBlockRequest {
  readonly tenant: TenantId;
  readonly blockId: string;
  readonly content: HeadContent;
  readonly range: TimeRange;
  readonly dedicatedColumns: readonly DedicatedColumn[];
  readonly batchSpans: number;
  readonly config: BlockWriterConfig;
}

interface OverBlocks {
  readonly blocks: readonly BlockRef[];
}
interface SerializedQuery extends OverBlocks {
  /** A serialized request of tempopb. */
  readonly request: Uint8Array;
}

// A type, not an interface: it must fit the index signature of Calls.
// oxlint-disable-next-line typescript/consistent-type-definitions
export type BlockCalls = {
  readonly write: { readonly request: WriteBlockRequest; readonly reply: BlockRef };
  readonly find: {
    readonly request: OverBlocks & { readonly traceId: Uint8Array };
    readonly reply: { readonly traces: readonly Uint8Array[]; readonly inspectedBytes: number };
  };
  /** One serialized SearchResponse per block. */
  readonly search: { readonly request: SerializedQuery; readonly reply: readonly Uint8Array[] };
  readonly tags: {
    readonly request: SerializedQuery & { readonly maxBytes: number };
    readonly reply: readonly Uint8Array[];
  };
  readonly tagValues: {
    readonly request: SerializedQuery & { readonly maxBytes: number };
    readonly reply: readonly Uint8Array[];
  };
  /** One partial result per block. */
  readonly queryRange: {
    readonly request: SerializedQuery;
    readonly reply: readonly PartialSeries[];
  };
};
