/**
 * Rows of a row group as an assembled span batch whose columns are decoded when they are first looked
 * at. Every resource and scope entry has a row of its own in `resources` and `scopes`.
 */
import type { RowSpan } from '@tempo-ts/parquet';
import {
  ABSENT,
  lazyColumns,
  type BatchColumn,
  type EventTable,
  type LinkTable,
  type ResourceTable,
  type ScopeTable,
  type SpanBatch,
  type SpanTable,
  type StringColumn,
  type TraceTable,
} from '@tempo-ts/span-batch';
import type { ReadPlan } from './column-paths.ts';
import { LeafReader, notAsked, once, type BatchSource } from './leaf-reader.ts';
import type { LeafColumns } from './leaf-columns.ts';
import { countAtDepth } from './levels-to-offsets.ts';
import { identity, parentsOf, pick } from './row-numbers.ts';
import { DEPTH } from './row-group-structure.ts';
import { EVENT_PATH, LINK_PATH, RESOURCE_PATH, SCOPE_PATH, SPAN_PATH } from './trace-schema.ts';

/** The traces of a row group, or of some rows of it. */
export function columnsToBatch(source: BatchSource, rows?: readonly RowSpan[]): SpanBatch {
  return new BatchReader(source, rows).read();
}

class BatchReader {
  readonly #plan: ReadPlan;
  readonly #from: LeafReader;
  readonly #leaves: LeafColumns;

  constructor(source: BatchSource, rows: readonly RowSpan[] | undefined) {
    this.#plan = source.plan;
    this.#from = new LeafReader(source, rows);
    this.#leaves = this.#from.leaves;
  }

  read(): SpanBatch {
    const { ids, resourceOffsets, scopeOffsets, spanOffsets } = this.#from.readStructure();
    const resourceCount = resourceOffsets.at(-1)!;
    const scopeCount = scopeOffsets.at(-1)!;
    const spanCount = spanOffsets.at(-1)!;
    const spanScopes = once(() => parentsOf(spanOffsets, spanCount));
    const spanResources = this.#from.kept32('spanResources', () =>
      pick(parentsOf(scopeOffsets, scopeCount), spanScopes()),
    );
    const spanTraces = this.#from.kept32('spanTraces', () =>
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
      events: this.#from.described(() => this.#events()),
      links: this.#from.described(() => this.#links()),
      spanTraces,
      spanResources,
      spanScopes,
    });
  }

  #traces(ids: Uint8Array, resourceOffsets: Int32Array): TraceTable {
    const count = ids.length / 16;
    const roots = once(() => this.#roots(count));
    return lazyColumns<TraceTable>({
      count,
      ids,
      resourceOffsets,
      startUnixNanos: this.#from.asked('trace.times', () =>
        this.#from.int64('StartTimeUnixNano', 'traces', count),
      ),
      endUnixNanos: this.#from.asked('trace.times', () =>
        this.#from.int64('EndTimeUnixNano', 'traces', count),
      ),
      rootServiceNames: this.#from.asked('trace.roots', () => roots().services),
      rootSpanNames: this.#from.asked('trace.roots', () => roots().names),
      serviceStats: this.#from.asked('trace.serviceStats', () => this.#from.serviceStats(count)),
    });
  }

  /** A file keeps an empty name and service where a trace has no root. */
  #roots(count: number): { services: StringColumn; names: StringColumn } {
    const services = this.#leaves.strings(this.#from.required('RootServiceName', 'traces'), count);
    const names = this.#leaves.strings(this.#from.required('RootSpanName', 'traces'), count);
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
      serviceNames: this.#from.strings(
        'resource.serviceName',
        `${RESOURCE_PATH}.ServiceName`,
        count,
        'resources',
      ),
      columns: this.#plan.resourceColumns.map((leaf) => this.#from.named(leaf, count, 'resources')),
      attributes: this.#from.attributes(
        'resource.attributes',
        RESOURCE_PATH,
        DEPTH.resource,
        count,
      ),
      droppedAttributesCounts: this.#from.int32(
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
      names: this.#from.strings('scope.name', `${SCOPE_PATH}.Name`, count, 'scopes'),
      versions: this.#from.strings('scope.version', `${SCOPE_PATH}.Version`, count, 'scopes'),
      attributes: this.#from.attributes('scope.attributes', SCOPE_PATH, DEPTH.scope, count),
      droppedAttributesCounts: this.#from.int32(
        'scope.droppedCounts',
        `${SCOPE_PATH}.DroppedAttributesCount`,
        count,
        'scopes',
      ),
    });
  }

  #spans(count: number): SpanTable {
    const int32 = (column: BatchColumn, leaf: string) =>
      this.#from.int32(column, `${SPAN_PATH}.${leaf}`, count, 'spans');
    const int64 = (column: BatchColumn, leaf: string) =>
      this.#from.asked(column, () => this.#from.int64(`${SPAN_PATH}.${leaf}`, 'spans', count));
    const enumeration = (column: BatchColumn, leaf: string) =>
      this.#from.asked(
        column,
        this.#from.kept32(
          `${SPAN_PATH}.${leaf}`,
          () =>
            this.#leaves.int64AsInt32(this.#from.required(`${SPAN_PATH}.${leaf}`, 'spans'), count),
          'spans',
        ),
      );
    const bytes = (column: BatchColumn, leaf: string) =>
      this.#from.asked(column, () => this.#from.bytes(`${SPAN_PATH}.${leaf}`, count));
    const strings = (column: BatchColumn, leaf: string) =>
      this.#from.strings(column, `${SPAN_PATH}.${leaf}`, count, 'spans');
    const childOffsets = (column: BatchColumn, path: string | undefined) =>
      this.#from.described(() => {
        const structure = path ?? notAsked(column);
        const read = () => this.#from.offsets(this.#from.keep(structure), DEPTH.event, count);
        return this.#from.kept32(`${column}/offsets`, read)();
      });
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
      columns: this.#plan.spanColumns.map((leaf) => this.#from.named(leaf, count, 'spans')),
      attributes: this.#from.attributes('span.attributes', SPAN_PATH, DEPTH.span, count),
      droppedAttributesCounts: int32('span.droppedCounts', 'DroppedAttributesCount'),
      droppedEventsCounts: int32('span.droppedCounts', 'DroppedEventsCount'),
      droppedLinksCounts: int32('span.droppedCounts', 'DroppedLinksCount'),
      eventOffsets: childOffsets('span.events', this.#plan.eventStructure),
      linkOffsets: childOffsets('span.links', this.#plan.linkStructure),
    });
  }

  #events(): EventTable {
    const structure = this.#plan.eventStructure ?? notAsked('span.events');
    const count = this.#childCount('span.events', structure, DEPTH.event);
    return lazyColumns<EventTable>({
      count,
      timeSinceStartNanos: this.#from.asked('event.time', () =>
        this.#leaves.int64(this.#from.decode(`${EVENT_PATH}.TimeSinceStartNano`), count),
      ),
      names: this.#from.strings('event.name', `${EVENT_PATH}.Name`, count),
      attributes: this.#from.attributes('event.attributes', EVENT_PATH, DEPTH.event, count),
      droppedAttributesCounts: this.#from.int32(
        'event.droppedCounts',
        `${EVENT_PATH}.DroppedAttributesCount`,
        count,
      ),
    });
  }

  /** How many events or links there are. */
  #childCount(column: BatchColumn, path: string, depth: number): number {
    const count = () => Int32Array.of(countAtDepth(this.#from.keep(path), depth));
    return this.#from.kept32(`${column}/count`, count)()[0]!;
  }

  #links(): LinkTable {
    const structure = this.#plan.linkStructure ?? notAsked('span.links');
    const count = this.#childCount('span.links', structure, DEPTH.link);
    const bytes = (leaf: string) =>
      this.#from.asked('link.ids', () =>
        this.#leaves.bytes(this.#from.decode(`${LINK_PATH}.${leaf}`), count),
      );
    return lazyColumns<LinkTable>({
      count,
      traceIds: bytes('TraceID'),
      spanIds: bytes('SpanID'),
      traceStates: this.#from.strings('link.traceState', `${LINK_PATH}.TraceState`, count),
      attributes: this.#from.attributes('link.attributes', LINK_PATH, DEPTH.link, count),
      droppedAttributesCounts: this.#from.int32(
        'link.droppedCounts',
        `${LINK_PATH}.DroppedAttributesCount`,
        count,
      ),
    });
  }
}

function isEmptyText({ dictionary, codes }: StringColumn, row: number): boolean {
  const code = codes[row]!;
  return dictionary.offsets[code] === dictionary.offsets[code + 1];
}
