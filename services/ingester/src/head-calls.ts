/** What the main thread and the head worker say to each other. */
import type { PartialSeries, TenantId } from '@tempo-ts/ports';
import type { DedicatedColumn, SpanBatch } from '@tempo-ts/span-batch';

/** How a head worker is started. */
export interface HeadWorkerSettings {
  readonly chunkSpans: number;
  readonly searchBatchSpans: number;
}

/** One-way messages to the head worker. */
export type HeadMessage =
  /** A head that rows will come for; becomes the tenant's newest. */
  | {
      readonly kind: 'open';
      readonly tenant: TenantId;
      readonly headId: number;
      readonly dedicatedColumns: readonly DedicatedColumn[];
    }
  /** A log record's payload; `isCarried`: its pieces were carried over once already. */
  | {
      readonly kind: 'append';
      readonly headId: number;
      readonly payload: Uint8Array;
      readonly isCarried: boolean;
    }
  /** The head is served from its block now. */
  | { readonly kind: 'release'; readonly headId: number };

/** One-way messages from the head worker. */
export interface IndexedMessage {
  readonly kind: 'indexed';
  /** Payload bytes that became columns since the last message. */
  readonly byteLength: number;
  /** Memory that the columns of all heads take now. */
  readonly memoryBytes: number;
  /** Pieces among them that could not be read. The distributor checks pieces, so this is a bug. */
  readonly unreadablePieces: number;
  /** Why, of the last one. */
  readonly reason?: string;
}

/** The rows of a head that make a block. */
export interface HeadContent {
  readonly chunks: readonly SpanBatch[];
  /** Per chunk, one byte per row: 1 for the rows that went on into the next head. */
  readonly excluded: readonly Uint8Array[];
  /** Rows that are not excluded. */
  readonly rowCount: number;
}

interface OfTenant {
  readonly tenant: TenantId;
}

/** A serialized request of tempopb. */
interface SerializedQuery extends OfTenant {
  readonly request: Uint8Array;
}

// A type, not an interface: it must fit the index signature of Calls.
// oxlint-disable-next-line typescript/consistent-type-definitions
export type HeadCalls = {
  /** Takes the rows of live traces on into the next head; all later rows go there. */
  readonly cut: {
    readonly request: {
      readonly headId: number;
      readonly nextHeadId: number;
      /** Ids of live traces, 16 bytes each. */
      readonly liveIds: Uint8Array;
    };
    /** Payloads to append to the log: the rows that were carried over. */
    readonly reply: readonly Uint8Array[];
  };
  readonly content: {
    readonly request: { readonly headId: number };
    readonly reply: HeadContent;
  };
  readonly find: {
    readonly request: OfTenant & { readonly traceId: Uint8Array };
    readonly reply: { readonly trace: Uint8Array | undefined; readonly inspectedBytes: number };
  };
  /** Serialized SearchRequest → SearchResponse. */
  readonly search: { readonly request: SerializedQuery; readonly reply: Uint8Array };
  readonly tags: {
    readonly request: SerializedQuery & { readonly maxBytes: number };
    readonly reply: Uint8Array;
  };
  readonly tagValues: {
    readonly request: SerializedQuery & { readonly maxBytes: number };
    readonly reply: Uint8Array;
  };
  /** A serialized QueryRangeRequest. */
  readonly queryRange: { readonly request: SerializedQuery; readonly reply: PartialSeries };
};
