/**
 * The span batch: spans of many traces as typed arrays. Recent data in memory, row groups of a
 * block and the input of compaction all have this shape, so one engine and one writer serve all.
 *
 * It mirrors the vParquet4 row (trace → resource entry → scope entry → span → event, link) with one
 * difference: resources and scopes are tables of distinct values that entries point into, so a
 * predicate on a resource is decided once per distinct resource.
 *
 * Rows of every table are in order: the resource entries of trace 0, then those of trace 1; the
 * spans of scope entry 0, then those of entry 1. Offsets therefore have one entry more than
 * parents, start at 0 and never decrease; the children of parent `p` are the rows
 * `offsets[p] … offsets[p + 1] - 1`. A span's ordinal is its row in `spans`.
 *
 * A batch is immutable and may be shared between threads (its arrays may lie in shared memory).
 * A batch read from a block decodes a column when it is first accessed; accessing a column that
 * the fetch did not ask for throws AssertionError.
 */

/** The code of an absent string. */
export const ABSENT = -1;

/** Distinct byte strings (UTF-8 where the sender kept the rules); a string's code is its position. */
export interface StringDictionary {
  readonly count: number;
  readonly bytes: Uint8Array;
  /** `count + 1` entries: string `c` is `bytes[offsets[c] … offsets[c + 1])`. */
  readonly offsets: Int32Array;
  /**
   * Dictionaries of the same lineage are snapshots of one growing dictionary: the longer one begins
   * with the shorter one. Absent: codes mean something in this very dictionary only. May hold strings
   * that no row of the batch has.
   */
  readonly lineage?: number;
}

/** One string per row. */
export interface StringColumn {
  readonly dictionary: StringDictionary;
  /** One code per row; {@link ABSENT} where the row has no string. */
  readonly codes: Int32Array;
}

/** One byte string per row, without a dictionary. */
export interface BytesColumn {
  readonly bytes: Uint8Array;
  /** One entry more than rows. */
  readonly offsets: Int32Array;
}

/** One 64-bit integer per row: `words[2r]` is the low word of row `r`, `words[2r + 1]` the high one. */
export interface Int64Column {
  readonly words: Int32Array;
}

/** The kind of an attribute's value, as `AttributeTable.types` stores it. */
export const AttributeType = {
  String: 0,
  Int: 1,
  Double: 2,
  Bool: 3,
  /** Key-value list, bytes, mixed or nested array, or no value: kept as protobuf JSON text. */
  Unsupported: 4,
  StringArray: 8,
  IntArray: 9,
  DoubleArray: 10,
  BoolArray: 11,
  /** An array without elements. */
  EmptyArray: 12,
} as const;
export type AttributeType = (typeof AttributeType)[keyof typeof AttributeType];

/** Attributes of resources, scopes, spans, events or links that have no column of their own. */
export interface AttributeTable {
  /** Parent row → its attributes. */
  readonly offsets: Int32Array;
  /** One key per attribute. */
  readonly keys: StringColumn;
  /** One {@link AttributeType} per attribute. */
  readonly types: Uint8Array;
  /**
   * Scalars and unsupported values: the row in the pool of the type. Arrays: the row in `arrays`.
   * Empty arrays: unused.
   */
  readonly positions: Int32Array;
  /** Where an array's elements lie in the pool of its element type. */
  readonly arrays: { readonly starts: Int32Array; readonly counts: Int32Array };
  /** The pools. Values lie in the order of their attributes. */
  readonly strings: StringColumn;
  readonly ints: Int64Column;
  readonly doubles: Float64Array;
  /** 0 or 1. */
  readonly bools: Uint8Array;
  /** Protobuf JSON of an AnyValue, e.g. `{"bytesValue":"AQ=="}`; `{}` for no value. */
  readonly unsupported: BytesColumn;
  /**
   * The attributes of the name `key` alone, as a table of the same parents; may be this table. Its
   * pools hold nothing else. Absent where asking for one name saves nothing.
   */
  readonly ofKey?: (key: Uint8Array) => AttributeTable;
  /** Attribute → its parent, where that is at hand and `offsets` would have to be made. */
  readonly parents?: () => Int32Array;
  /** Which keys there are: one byte per string of their dictionary. Absent where `keys` tells as fast. */
  readonly usedKeys?: () => Uint8Array;
}

/** A column of its own for one attribute name (well-known or dedicated). */
export type NamedColumn =
  | { readonly name: string; readonly type: 'string'; readonly strings: StringColumn }
  | {
      readonly name: string;
      readonly type: 'int';
      readonly ints: Int64Column;
      /** 1 where the row has a value. */
      readonly present: Uint8Array;
    };

/** Distinct resources. */
export interface ResourceTable {
  readonly count: number;
  /** The string `service.name`; never absent, empty when the resource has none. */
  readonly serviceNames: StringColumn;
  /** cluster, namespace, pod, container, k8s.* and the dedicated columns, in that order. */
  readonly columns: readonly NamedColumn[];
  /** Everything else, sorted by key (byte order). */
  readonly attributes: AttributeTable;
  readonly droppedAttributesCounts: Int32Array;
}

/** Distinct instrumentation scopes. */
export interface ScopeTable {
  readonly count: number;
  readonly names: StringColumn;
  readonly versions: StringColumn;
  readonly attributes: AttributeTable;
  readonly droppedAttributesCounts: Int32Array;
}

/** Spans and errors per service of each trace. */
export interface ServiceStatsTable {
  /** Trace → its services, in ascending order of the name. */
  readonly offsets: Int32Array;
  readonly services: StringColumn;
  readonly spanCounts: Int32Array;
  readonly errorCounts: Int32Array;
}

/** The traces of the batch: one row each. */
export interface TraceTable {
  readonly count: number;
  /** 16 bytes per trace. */
  readonly ids: Uint8Array;
  /** Unsigned. Smallest span start (0 counts as unset) and largest span end. */
  readonly startUnixNanos: Int64Column;
  readonly endUnixNanos: Int64Column;
  /** Of the last root span in order; absent when there is none. */
  readonly rootServiceNames: StringColumn;
  readonly rootSpanNames: StringColumn;
  readonly serviceStats: ServiceStatsTable;
  /** Trace → resource entries. */
  readonly resourceOffsets: Int32Array;
}

/** The resources a trace has spans of. */
export interface ResourceEntryTable {
  readonly count: number;
  /** Row in `resources`. */
  readonly resources: Int32Array;
  /** Resource entry → scope entries. */
  readonly scopeOffsets: Int32Array;
}

/** The scopes a resource entry has spans of. */
export interface ScopeEntryTable {
  readonly count: number;
  /** Row in `scopes`. */
  readonly scopes: Int32Array;
  /** Scope entry → spans. */
  readonly spanOffsets: Int32Array;
}

export interface SpanTable {
  readonly count: number;
  readonly ids: BytesColumn;
  /** Empty for root spans. */
  readonly parentIds: BytesColumn;
  /** Nested-set numbers; 0 everywhere for spans not reachable from a root. */
  readonly nestedSetLefts: Int32Array;
  readonly nestedSetRights: Int32Array;
  /** Left number of the parent, -1 for a root. */
  readonly nestedSetParents: Int32Array;
  readonly names: StringColumn;
  /** OTLP's SpanKind numbers. */
  readonly kinds: Int32Array;
  readonly traceStates: StringColumn;
  /** Unsigned. */
  readonly startUnixNanos: Int64Column;
  /** End minus start, unsigned, wrapped when negative. */
  readonly durationNanos: Int64Column;
  /** OTLP's StatusCode numbers: 0 unset, 1 ok, 2 error. */
  readonly statusCodes: Int32Array;
  readonly statusMessages: StringColumn;
  /** http.method, http.url, http.status_code and the dedicated columns, in that order. */
  readonly columns: readonly NamedColumn[];
  readonly attributes: AttributeTable;
  readonly droppedAttributesCounts: Int32Array;
  readonly droppedEventsCounts: Int32Array;
  readonly droppedLinksCounts: Int32Array;
  readonly eventOffsets: Int32Array;
  readonly linkOffsets: Int32Array;
}

export interface EventTable {
  readonly count: number;
  /** Event time minus span start, unsigned, wrapped when negative. */
  readonly timeSinceStartNanos: Int64Column;
  readonly names: StringColumn;
  readonly attributes: AttributeTable;
  readonly droppedAttributesCounts: Int32Array;
}

export interface LinkTable {
  readonly count: number;
  readonly traceIds: BytesColumn;
  readonly spanIds: BytesColumn;
  readonly traceStates: StringColumn;
  readonly attributes: AttributeTable;
  readonly droppedAttributesCounts: Int32Array;
}

export interface SpanBatch {
  /**
   * True: every row of `traces` is a whole trace, ids ascend and are distinct, and nested-set
   * numbers, root names and service stats are filled in.
   * False: rows are pieces in order of arrival; an id may recur; those columns are zero or absent.
   */
  readonly isAssembled: boolean;
  readonly traces: TraceTable;
  readonly resourceEntries: ResourceEntryTable;
  readonly scopeEntries: ScopeEntryTable;
  readonly resources: ResourceTable;
  readonly scopes: ScopeTable;
  readonly spans: SpanTable;
  readonly events: EventTable;
  readonly links: LinkTable;
  /** Which trace, resource and scope (rows of `traces`, `resources`, `scopes`) each span has. */
  readonly spanTraces: Int32Array;
  readonly spanResources: Int32Array;
  readonly spanScopes: Int32Array;
}

/**
 * What a fetch asks for. Trace ids and the offsets and entries from traces to spans always come;
 * `span.events` and `span.links` bring the offsets of events and links. `span.column:*` and
 * `resource.column:*` bring every named column there is; names that the data does not have bring none.
 */
export type BatchColumn =
  | 'trace.times'
  | 'trace.roots'
  | 'trace.serviceStats'
  | 'resource.serviceName'
  | 'resource.attributes'
  | `resource.column:${string}`
  | 'resource.droppedCounts'
  | 'scope.name'
  | 'scope.version'
  | 'scope.attributes'
  | 'scope.droppedCounts'
  | 'span.id'
  | 'span.parentId'
  | 'span.nestedSet'
  | 'span.name'
  | 'span.kind'
  | 'span.traceState'
  | 'span.start'
  | 'span.duration'
  | 'span.status'
  | 'span.statusMessage'
  | 'span.attributes'
  | `span.column:${string}`
  | 'span.droppedCounts'
  | 'span.events'
  | 'event.time'
  | 'event.name'
  | 'event.attributes'
  | 'event.droppedCounts'
  | 'span.links'
  | 'link.ids'
  | 'link.traceState'
  | 'link.attributes'
  | 'link.droppedCounts';
