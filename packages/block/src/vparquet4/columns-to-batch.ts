/**
 * Rows of a row group as an assembled span batch whose columns are decoded when they are first looked
 * at. Every resource and scope entry has a row of its own in `resources` and `scopes`.
 */
import type { DecodedColumn, FetchedColumns, RowSpan } from '@tempo-ts/parquet';
import { AssertionError } from '@tempo-ts/runtime';
import {
  ABSENT,
  lazyColumns,
  type AttributeTable,
  type BytesColumn,
  type BatchColumn,
  type EventTable,
  type Int64Column,
  type LinkTable,
  type NamedColumn,
  type ResourceTable,
  type ScopeTable,
  type ServiceStatsTable,
  type SpanBatch,
  type SpanTable,
  type StringColumn,
  type TraceTable,
} from '@tempo-ts/span-batch';
import { describeBlockError } from '../open-block.ts';
import type { NamedLeaf, ReadPlan } from './column-paths.ts';
import { keyedBytes, takeParents, type KeyedAttributes } from './attributes-of-key.ts';
import { LeafColumns } from './leaf-columns.ts';
import { countAtDepth, offsetsAtDepth } from './levels-to-offsets.ts';
import { readAttributes } from './read-attributes.ts';
import { readTraceIds } from './read-trace-ids.ts';
import type { RowGroupMemory } from './row-group-memory.ts';
import { identity, parentsOf, pick } from './row-numbers.ts';
import {
  DEPTH,
  readStructure,
  sliceStructure,
  spansOfTraces,
  structureBytes,
  type RowGroupStructure,
  type StructureSpans,
} from './row-group-structure.ts';
import { bytesOf, statsBytes, takeBytes, takeSpans, takeStats } from './take-rows.ts';
import { EVENT_PATH, LINK_PATH, RESOURCE_PATH, SCOPE_PATH, SPAN_PATH } from './trace-schema.ts';

export interface BatchSource {
  readonly blockId: string;
  readonly fetched: FetchedColumns;
  readonly plan: ReadPlan;
  /** What was asked for; anything else must not be looked at. */
  readonly columns: ReadonlySet<BatchColumn>;
  /** Where decoded columns of the whole row group are kept, if they are. */
  readonly memory?: RowGroupMemory;
}

/** The traces of a row group, or of some rows of it. */
export function columnsToBatch(source: BatchSource, rows?: readonly RowSpan[]): SpanBatch {
  return new BatchReader(source, rows).read();
}

class BatchReader {
  readonly #blockId: string;
  readonly #fetched: FetchedColumns;
  readonly #plan: ReadPlan;
  readonly #columns: ReadonlySet<BatchColumn>;
  readonly #rows: readonly RowSpan[] | undefined;
  readonly #leaves: LeafColumns;
  readonly #memory: RowGroupMemory | undefined;
  /** Where the rows lie among those of the row group; undefined where that is not known. */
  #places: StructureSpans | undefined;
  /** Structure leaves, kept because their values may be asked for as well. */
  readonly #kept = new Map<string, DecodedColumn>();

  constructor(source: BatchSource, rows: readonly RowSpan[] | undefined) {
    this.#blockId = source.blockId;
    this.#fetched = source.fetched;
    this.#plan = source.plan;
    this.#columns = source.columns;
    this.#rows = rows;
    this.#leaves = new LeafColumns(source.blockId);
    this.#memory = source.memory;
  }

  read(): SpanBatch {
    const { ids, resourceOffsets, scopeOffsets, spanOffsets } = this.#readStructure();
    const resourceCount = resourceOffsets.at(-1)!;
    const scopeCount = scopeOffsets.at(-1)!;
    const spanCount = spanOffsets.at(-1)!;
    const spanScopes = once(() => parentsOf(spanOffsets, spanCount));
    const spanResources = this.#kept32('spanResources', () =>
      pick(parentsOf(scopeOffsets, scopeCount), spanScopes()),
    );
    const spanTraces = this.#kept32('spanTraces', () =>
      pick(parentsOf(resourceOffsets, resourceCount), spanResources()),
    );
    return lazyColumns<SpanBatch>({
      isAssembled: true,
      traces: () => this.#traces(ids, resourceOffsets),
      resourceEntries: { count: resourceCount, resources: identity(resourceCount), scopeOffsets },
      scopeEntries: { count: scopeCount, scopes: identity(scopeCount), spanOffsets },
      resources: () => this.#resources(resourceCount),
      scopes: () => this.#scopes(scopeCount),
      spans: () => this.#spans(spanCount),
      events: this.#described(() => this.#events()),
      links: this.#described(() => this.#links()),
      spanTraces,
      spanResources,
      spanScopes,
    });
  }

  #readStructure(): RowGroupStructure {
    const rows = this.#rows;
    if (rows && !this.#memory) {
      const ids = readTraceIds(this.#blockId, this.#fetched.decode('TraceID', rows));
      return readStructure(this.#blockId, ids, this.#keep(this.#plan.spanStructure));
    }
    const readWhole = () => {
      const ids = readTraceIds(this.#blockId, this.#fetched.scan('TraceID'));
      return readStructure(this.#blockId, ids, this.#fetched.scan(this.#plan.spanStructure));
    };
    const whole = this.#memory?.get('structure', readWhole, structureBytes) ?? readWhole();
    if (!rows) return whole;
    this.#places = spansOfTraces(whole, rows);
    return sliceStructure(whole, this.#places);
  }

  #traces(ids: Uint8Array, resourceOffsets: Int32Array): TraceTable {
    const count = ids.length / 16;
    const roots = once(() => this.#roots(count));
    return lazyColumns<TraceTable>({
      count,
      ids,
      resourceOffsets,
      startUnixNanos: this.#asked('trace.times', () =>
        this.#int64('StartTimeUnixNano', 'traces', count),
      ),
      endUnixNanos: this.#asked('trace.times', () =>
        this.#int64('EndTimeUnixNano', 'traces', count),
      ),
      rootServiceNames: this.#asked('trace.roots', () => roots().services),
      rootSpanNames: this.#asked('trace.roots', () => roots().names),
      serviceStats: this.#asked('trace.serviceStats', () => this.#serviceStats(count)),
    });
  }

  #serviceStats(count: number): ServiceStatsTable {
    const read = (decode: (path: string) => DecodedColumn, traceCount: number) => {
      const services = decode(`${STATS_PATH}.key`);
      const offsets = this.#offsets(services, 1, traceCount);
      const rows = offsets[traceCount]!;
      return {
        offsets,
        services: this.#leaves.strings(services, rows),
        spanCounts: this.#leaves.int32(decode(`${STATS_PATH}.value.SpanCount`), rows),
        errorCounts: this.#leaves.int32(decode(`${STATS_PATH}.value.ErrorCount`), rows),
      };
    };
    const memory = this.#memory;
    const places = this.#places?.traces;
    const isForMany = memory && places && places.length >= MANY_PLACES;
    if (!isForMany) return read((leaf) => this.#decode(leaf), count);
    const readAll = () => read((leaf) => this.#fetched.scan(leaf), this.#fetched.rowCount);
    return takeStats(memory.get('serviceStats', readAll, statsBytes), places);
  }

  /** A file keeps an empty name and service where a trace has no root. */
  #roots(count: number): { services: StringColumn; names: StringColumn } {
    const services = this.#leaves.strings(this.#required('RootServiceName', 'traces'), count);
    const names = this.#leaves.strings(this.#required('RootSpanName', 'traces'), count);
    const serviceCodes = services.codes.slice();
    const nameCodes = names.codes.slice();
    for (let row = 0; row < count; row++) {
      if (!isEmptyText(services, row) || !isEmptyText(names, row)) continue;
      serviceCodes[row] = ABSENT;
      nameCodes[row] = ABSENT;
    }
    return {
      services: { dictionary: services.dictionary, codes: serviceCodes },
      names: { dictionary: names.dictionary, codes: nameCodes },
    };
  }

  #resources(count: number): ResourceTable {
    return lazyColumns<ResourceTable>({
      count,
      serviceNames: this.#strings(
        'resource.serviceName',
        `${RESOURCE_PATH}.ServiceName`,
        count,
        'resources',
      ),
      columns: this.#plan.resourceColumns.map((leaf) => this.#named(leaf, count, 'resources')),
      attributes: this.#attributes('resource.attributes', RESOURCE_PATH, DEPTH.resource, count),
      droppedAttributesCounts: this.#int32(
        'resource.droppedCounts',
        `${RESOURCE_PATH}.DroppedAttributesCount`,
        count,
        'resources',
      ),
    });
  }

  #scopes(count: number): ScopeTable {
    return lazyColumns<ScopeTable>({
      count,
      names: this.#strings('scope.name', `${SCOPE_PATH}.Name`, count, 'scopes'),
      versions: this.#strings('scope.version', `${SCOPE_PATH}.Version`, count, 'scopes'),
      attributes: this.#attributes('scope.attributes', SCOPE_PATH, DEPTH.scope, count),
      droppedAttributesCounts: this.#int32(
        'scope.droppedCounts',
        `${SCOPE_PATH}.DroppedAttributesCount`,
        count,
        'scopes',
      ),
    });
  }

  #spans(count: number): SpanTable {
    const int32 = (column: BatchColumn, leaf: string) =>
      this.#int32(column, `${SPAN_PATH}.${leaf}`, count, 'spans');
    const int64 = (column: BatchColumn, leaf: string) =>
      this.#asked(column, () => this.#int64(`${SPAN_PATH}.${leaf}`, 'spans', count));
    const enumeration = (column: BatchColumn, leaf: string) =>
      this.#asked(
        column,
        this.#kept32(
          `${SPAN_PATH}.${leaf}`,
          () => this.#leaves.int64AsInt32(this.#required(`${SPAN_PATH}.${leaf}`, 'spans'), count),
          'spans',
        ),
      );
    const bytes = (column: BatchColumn, leaf: string) =>
      this.#asked(column, () => this.#bytes(`${SPAN_PATH}.${leaf}`, count));
    const strings = (column: BatchColumn, leaf: string) =>
      this.#strings(column, `${SPAN_PATH}.${leaf}`, count, 'spans');
    const childOffsets = (column: BatchColumn, path: string | undefined) =>
      this.#described(() =>
        this.#offsets(this.#keep(path ?? notAsked(column)), DEPTH.event, count),
      );
    return lazyColumns<SpanTable>({
      count,
      ids: bytes('span.id', 'SpanID'),
      parentIds: bytes('span.parentId', 'ParentSpanID'),
      nestedSetLefts: int32('span.nestedSet', 'NestedSetLeft'),
      nestedSetRights: int32('span.nestedSet', 'NestedSetRight'),
      nestedSetParents: int32('span.nestedSet', 'ParentID'),
      names: strings('span.name', 'Name'),
      kinds: enumeration('span.kind', 'Kind'),
      traceStates: strings('span.traceState', 'TraceState'),
      startUnixNanos: int64('span.start', 'StartTimeUnixNano'),
      durationNanos: int64('span.duration', 'DurationNano'),
      statusCodes: enumeration('span.status', 'StatusCode'),
      statusMessages: strings('span.statusMessage', 'StatusMessage'),
      columns: this.#plan.spanColumns.map((leaf) => this.#named(leaf, count, 'spans')),
      attributes: this.#attributes('span.attributes', SPAN_PATH, DEPTH.span, count),
      droppedAttributesCounts: int32('span.droppedCounts', 'DroppedAttributesCount'),
      droppedEventsCounts: int32('span.droppedCounts', 'DroppedEventsCount'),
      droppedLinksCounts: int32('span.droppedCounts', 'DroppedLinksCount'),
      eventOffsets: childOffsets('span.events', this.#plan.eventStructure),
      linkOffsets: childOffsets('span.links', this.#plan.linkStructure),
    });
  }

  #events(): EventTable {
    const structure = this.#keep(this.#plan.eventStructure ?? notAsked('span.events'));
    const count = countAtDepth(structure, DEPTH.event);
    return lazyColumns<EventTable>({
      count,
      timeSinceStartNanos: this.#asked('event.time', () =>
        this.#leaves.int64(this.#decode(`${EVENT_PATH}.TimeSinceStartNano`), count),
      ),
      names: this.#strings('event.name', `${EVENT_PATH}.Name`, count),
      attributes: this.#attributes('event.attributes', EVENT_PATH, DEPTH.event, count),
      droppedAttributesCounts: this.#int32(
        'event.droppedCounts',
        `${EVENT_PATH}.DroppedAttributesCount`,
        count,
      ),
    });
  }

  #links(): LinkTable {
    const structure = this.#keep(this.#plan.linkStructure ?? notAsked('span.links'));
    const count = countAtDepth(structure, DEPTH.link);
    const bytes = (leaf: string) =>
      this.#asked('link.ids', () =>
        this.#leaves.bytes(this.#decode(`${LINK_PATH}.${leaf}`), count),
      );
    return lazyColumns<LinkTable>({
      count,
      traceIds: bytes('TraceID'),
      spanIds: bytes('SpanID'),
      traceStates: this.#strings('link.traceState', `${LINK_PATH}.TraceState`, count),
      attributes: this.#attributes('link.attributes', LINK_PATH, DEPTH.link, count),
      droppedAttributesCounts: this.#int32(
        'link.droppedCounts',
        `${LINK_PATH}.DroppedAttributesCount`,
        count,
      ),
    });
  }

  #named(leaf: NamedLeaf, count: number, table: keyof StructureSpans): NamedColumn {
    const { name, path } = leaf;
    if (leaf.type === 'string')
      return lazyColumns<Extract<NamedColumn, { type: 'string' }>>({
        name,
        type: 'string',
        strings: this.#described(() =>
          this.#lazyStrings(path, table, () =>
            this.#leaves.optionalStrings(this.#decode(path), count),
          ),
        ),
      });
    const read = once(() => this.#leaves.optionalInt64(this.#decode(path), count));
    return lazyColumns<Extract<NamedColumn, { type: 'int' }>>({
      name,
      type: 'int',
      ints: this.#described(() => read().ints),
      present: this.#described(() => read().present),
    });
  }

  /** Required strings; without `table` those of events and links. */
  #strings(
    column: BatchColumn,
    path: string,
    count: number,
    table?: keyof StructureSpans,
  ): () => StringColumn {
    return this.#asked(column, () =>
      this.#lazyStrings(path, table, () =>
        this.#leaves.strings(this.#required(path, table), count),
      ),
    );
  }

  /** Whether a dictionary has a string is found out before any page of codes is decoded. */
  #lazyStrings(
    path: string,
    table: keyof StructureSpans | undefined,
    make: () => StringColumn,
  ): StringColumn {
    const decoded = once(make);
    const known = this.#described(() => this.#fetched.dictionary(path));
    const codes = this.#kept32(path, () => decoded().codes, table);
    return lazyColumns<StringColumn>({
      dictionary: () => known() ?? decoded().dictionary,
      // Codes of a dictionary that is made while decoding are of no use without it.
      codes: this.#described(() => (known() ? codes() : decoded().codes)),
    });
  }

  #int32(
    column: BatchColumn,
    path: string,
    count: number,
    table?: keyof StructureSpans,
  ): () => Int32Array {
    return this.#asked(
      column,
      this.#kept32(path, () => this.#leaves.int32(this.#required(path, table), count), table),
    );
  }

  #int64(path: string, table: keyof StructureSpans, count: number): Int64Column {
    const places = this.#places?.[table];
    const read = () => {
      const memory = this.#memory;
      if (!memory || !places || places.length < MANY_PLACES)
        return this.#leaves.int64(this.#required(path, table), count).words;
      const readAll = () => {
        const column = this.#fetched.scan(path);
        return this.#leaves.int64(column, column.valueCount).words;
      };
      return takeSpans(
        memory.get(path, readAll, ({ byteLength }) => byteLength),
        places,
        2,
      );
    };
    return { words: this.#kept32(path, read, table, 2)() };
  }

  /** Ids of spans. */
  #bytes(path: string, count: number): BytesColumn {
    const places = this.#places?.spans;
    const memory = this.#memory;
    if (!memory || !places || places.length < MANY_PLACES)
      return this.#leaves.bytes(this.#required(path, 'spans'), count);
    const readAll = () => {
      const column = this.#fetched.scan(path);
      return this.#leaves.bytes(column, column.valueCount);
    };
    return takeBytes(memory.get(path, readAll, bytesOf), places, count);
  }

  /**
   * Numbers of the whole row group are kept for the next query; those of some rows of `table` are
   * taken from there. There are `width` numbers per row.
   */
  #kept32(
    key: string,
    make: () => Int32Array,
    table?: keyof StructureSpans,
    width = 1,
  ): () => Int32Array {
    const memory = this.#memory;
    if (!memory) return make;
    if (!this.#rows) return () => this.#remember(key, make, ({ byteLength }) => byteLength);
    const places = table && this.#places?.[table];
    if (!places) return make;
    return () => {
      const whole = memory.peekNumbers(key);
      return whole ? takeSpans(whole, places, width) : make();
    };
  }

  /** What belongs to the whole row group is kept. */
  #remember<T extends object>(key: string, make: () => T, sizeOf: (value: T) => number): T {
    return this.#memory && !this.#rows ? this.#memory.get(key, make, sizeOf) : make();
  }

  #attributes(
    column: BatchColumn,
    root: string,
    parentDepth: number,
    parentCount: number,
  ): () => AttributeTable {
    return this.#asked(column, () =>
      readAttributes({
        blockId: this.#blockId,
        leaves: this.#leaves,
        decode: (path) => this.#decode(path),
        dictionary: (path) => this.#fetched.dictionary(path),
        root,
        depth: parentDepth + 1,
        parentCount,
        described: (make) => this.#described(make),
        keyed: (key, make) => this.#keyed(root, key, make),
        usedKeys: (make) => this.#remember(`${root}.Attrs/used`, make, ({ length }) => length),
      }),
    );
  }

  #keyed(root: string, key: Uint8Array, make: () => KeyedAttributes): KeyedAttributes {
    if (!this.#memory) return make();
    const name = `${root}.Attrs/${Buffer.from(key).toString('latin1')}`;
    if (!this.#rows) return this.#memory.get(name, make, keyedBytes);
    const whole = this.#memory.peekAttributes(name);
    const parents = this.#places?.[TABLE_OF_ROOT[root]!];
    return whole && parents ? takeParents(whole, parents) : make();
  }

  /** How to make a column; it must have been asked for. */
  #asked<T>(column: BatchColumn, make: () => T): () => T {
    return this.#described(() => {
      if (!this.#columns.has(column)) notAsked(column);
      return make();
    });
  }

  /** Damage that is met while decoding names the block. */
  #described<T>(make: () => T): () => T {
    return () => {
      try {
        return make();
      } catch (error) {
        throw describeBlockError(this.#blockId, error);
      }
    };
  }

  #offsets(column: DecodedColumn, depth: number, parentCount: number): Int32Array {
    return offsetsAtDepth(this.#blockId, column, depth, parentCount);
  }

  #keep(path: string): DecodedColumn {
    const kept = this.#kept.get(path) ?? this.#decode(path);
    this.#kept.set(path, kept);
    return kept;
  }

  /** A leaf that every row of `table` has: its levels need not be decoded. */
  #required(path: string, table?: keyof StructureSpans): DecodedColumn {
    const picked = table && this.#places && this.#fetched.valuesAt(path, this.#places[table]);
    return picked ?? this.#decode(path);
  }

  #decode(path: string): DecodedColumn {
    const kept = this.#kept.get(path);
    if (kept) return kept;
    return this.#rows ? this.#fetched.decode(path, this.#rows) : this.#fetched.scan(path);
  }
}

const STATS_PATH = 'ServiceStats.key_value';

/** The tables of the structure that have attributes. */
const TABLE_OF_ROOT: Readonly<Record<string, keyof StructureSpans>> = {
  [RESOURCE_PATH]: 'resources',
  [SCOPE_PATH]: 'scopes',
  [SPAN_PATH]: 'spans',
};

/** So many places lie on most pages: all is decoded, and kept for the next query. */
const MANY_PLACES = 4;

function notAsked(column: BatchColumn): never {
  throw new AssertionError(`column ${column} was not fetched`);
}

function isEmptyText({ dictionary, codes }: StringColumn, row: number): boolean {
  const code = codes[row]!;
  return dictionary.offsets[code] === dictionary.offsets[code + 1];
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
