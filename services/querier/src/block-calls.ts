/** What the main thread asks of block workers. Messages of tempopb pass between threads serialized. */
import type { ObjectStoreConfig } from '@tempo-ts/object-store';
import type { BlockRef, FoundTrace, PartialSeries, RowGroupRange } from '@tempo-ts/ports';

/** How a block worker is started. */
export interface BlockWorkerSettings {
  readonly store: ObjectStoreConfig;
  readonly cacheBytes: number;
}

interface OverBlock {
  readonly block: BlockRef;
  /** A serialized request. */
  readonly request: Uint8Array;
}
interface OverTags extends OverBlock {
  readonly maxBytes: number;
}

// A type, not an interface: it must fit the index signature of Calls.
// oxlint-disable-next-line typescript/consistent-type-definitions
export type BlockCalls = {
  /** The trace as all the blocks together know it. */
  readonly find: {
    readonly request: { readonly blocks: readonly BlockRef[]; readonly traceId: Uint8Array };
    readonly reply: FoundTrace;
  };
  /** A serialized SearchResponse. */
  readonly search: {
    readonly request: OverBlock & { readonly rowGroups: RowGroupRange };
    readonly reply: Uint8Array;
  };
  /** A serialized SearchTagsV2Response. */
  readonly tags: { readonly request: OverTags; readonly reply: Uint8Array };
  /** A serialized SearchTagValuesV2Response. */
  readonly tagValues: { readonly request: OverTags; readonly reply: Uint8Array };
  /** `request` is a serialized QueryRangeRequest. */
  readonly queryRange: {
    readonly request: OverBlock & { readonly rowGroups: RowGroupRange };
    readonly reply: PartialSeries;
  };
};
