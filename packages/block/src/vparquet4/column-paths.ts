/** Which leaves of a file the columns of a span batch are read from. */
import type { RowGroup } from '@tempo-ts/parquet';
import type { BlockDedicatedColumn } from '@tempo-ts/ports';
import {
  MAX_DEDICATED_COLUMNS_PER_SCOPE,
  RESOURCE_FIXED_COLUMNS,
  SPAN_FIXED_COLUMNS,
  type BatchColumn,
} from '@tempo-ts/span-batch';
import {
  dedicatedColumnName,
  EVENT_PATH,
  LINK_PATH,
  RESOURCE_FIXED_LEAVES,
  RESOURCE_PATH,
  SCOPE_PATH,
  SPAN_FIXED_LEAVES,
  SPAN_PATH,
} from './trace-schema.ts';

/** A named column of a block: where its values lie. */
export interface NamedLeaf {
  readonly name: string;
  readonly type: 'string' | 'int';
  readonly path: string;
}

/** Leaves below an `Attrs` list. */
export const ATTRIBUTE_LEAVES = {
  key: 'Attrs.list.element.Key',
  isArray: 'Attrs.list.element.IsArray',
  strings: 'Attrs.list.element.Value.list.element',
  ints: 'Attrs.list.element.ValueInt.list.element',
  doubles: 'Attrs.list.element.ValueDouble.list.element',
  bools: 'Attrs.list.element.ValueBool.list.element',
  unsupported: 'Attrs.list.element.ValueUnsupported',
} as const;

/** The named columns of a scope in batch order: fixed ones, then dedicated ones. */
export function namedLeaves(
  scope: 'resource' | 'span',
  dedicatedColumns: readonly BlockDedicatedColumn[],
): readonly NamedLeaf[] {
  const isResource = scope === 'resource';
  const root = isResource ? RESOURCE_PATH : SPAN_PATH;
  const names: readonly string[] = isResource ? RESOURCE_FIXED_COLUMNS : SPAN_FIXED_COLUMNS;
  const leaves: readonly string[] = isResource ? RESOURCE_FIXED_LEAVES : SPAN_FIXED_LEAVES;
  const fixed = names.map((name, i): NamedLeaf => ({
    name,
    type: leaves[i] === 'HttpStatusCode' ? 'int' : 'string',
    path: `${root}.${leaves[i]!}`,
  }));
  const dedicated = dedicatedColumns
    .filter((column) => column.scope === scope && column.type === 'string')
    .slice(0, MAX_DEDICATED_COLUMNS_PER_SCOPE)
    .map(({ name }, number): NamedLeaf => ({
      name,
      type: 'string',
      path: `${root}.DedicatedAttributes.${dedicatedColumnName(number)}`,
    }));
  return [...fixed, ...dedicated];
}

const attributePaths = (root: string) =>
  Object.values(ATTRIBUTE_LEAVES).map((leaf) => `${root}.${leaf}`);
const below = (root: string, ...leaves: string[]) => leaves.map((leaf) => `${root}.${leaf}`);

/** Leaves of the columns that have a name of their own in the schema. */
const PATHS: Readonly<Partial<Record<BatchColumn, readonly string[]>>> = {
  'trace.times': ['StartTimeUnixNano', 'EndTimeUnixNano'],
  'trace.roots': ['RootServiceName', 'RootSpanName'],
  'trace.serviceStats': below(
    'ServiceStats.key_value',
    'key',
    'value.SpanCount',
    'value.ErrorCount',
  ),
  'resource.serviceName': below(RESOURCE_PATH, 'ServiceName'),
  'resource.attributes': attributePaths(RESOURCE_PATH),
  'resource.droppedCounts': below(RESOURCE_PATH, 'DroppedAttributesCount'),
  'scope.name': below(SCOPE_PATH, 'Name'),
  'scope.version': below(SCOPE_PATH, 'Version'),
  'scope.attributes': attributePaths(SCOPE_PATH),
  'scope.droppedCounts': below(SCOPE_PATH, 'DroppedAttributesCount'),
  'span.id': below(SPAN_PATH, 'SpanID'),
  'span.parentId': below(SPAN_PATH, 'ParentSpanID'),
  'span.nestedSet': below(SPAN_PATH, 'ParentID', 'NestedSetLeft', 'NestedSetRight'),
  'span.name': below(SPAN_PATH, 'Name'),
  'span.kind': below(SPAN_PATH, 'Kind'),
  'span.traceState': below(SPAN_PATH, 'TraceState'),
  'span.start': below(SPAN_PATH, 'StartTimeUnixNano'),
  'span.duration': below(SPAN_PATH, 'DurationNano'),
  'span.status': below(SPAN_PATH, 'StatusCode'),
  'span.statusMessage': below(SPAN_PATH, 'StatusMessage'),
  'span.attributes': attributePaths(SPAN_PATH),
  'span.droppedCounts': below(
    SPAN_PATH,
    'DroppedAttributesCount',
    'DroppedEventsCount',
    'DroppedLinksCount',
  ),
  'event.time': below(EVENT_PATH, 'TimeSinceStartNano'),
  'event.name': below(EVENT_PATH, 'Name'),
  'event.attributes': attributePaths(EVENT_PATH),
  'event.droppedCounts': below(EVENT_PATH, 'DroppedAttributesCount'),
  'link.ids': below(LINK_PATH, 'TraceID', 'SpanID'),
  'link.traceState': below(LINK_PATH, 'TraceState'),
  'link.attributes': attributePaths(LINK_PATH),
  'link.droppedCounts': below(LINK_PATH, 'DroppedAttributesCount'),
};

/** Every column of a batch. `*` stands for all named columns of the scope. */
export const ALL_BATCH_COLUMNS: ReadonlySet<BatchColumn> = new Set<BatchColumn>([
  ...(Object.keys(PATHS) as BatchColumn[]),
  'span.events',
  'span.links',
  'resource.column:*',
  'span.column:*',
]);

/** Required leaves whose levels tell how many spans, events or links there are. */
const SPAN_STRUCTURE = below(
  SPAN_PATH,
  'Kind',
  'StatusCode',
  'Name',
  'ParentID',
  'NestedSetLeft',
  'NestedSetRight',
  'StartTimeUnixNano',
  'DurationNano',
  'SpanID',
  'ParentSpanID',
  'TraceState',
  'StatusMessage',
  'DroppedAttributesCount',
  'DroppedEventsCount',
  'DroppedLinksCount',
);
const EVENT_STRUCTURE = below(EVENT_PATH, 'TimeSinceStartNano', 'Name', 'DroppedAttributesCount');
const LINK_STRUCTURE = below(
  LINK_PATH,
  'TraceID',
  'SpanID',
  'TraceState',
  'DroppedAttributesCount',
);

/** What to fetch of a row group, and which leaf gives the structure. */
export interface ReadPlan {
  readonly paths: ReadonlySet<string>;
  readonly spanStructure: string;
  readonly eventStructure: string | undefined;
  readonly linkStructure: string | undefined;
  readonly resourceColumns: readonly NamedLeaf[];
  readonly spanColumns: readonly NamedLeaf[];
}

/** Plans reading `columns` of a row group of a block with these dedicated columns. */
export function planRead(
  columns: ReadonlySet<BatchColumn>,
  dedicatedColumns: readonly BlockDedicatedColumn[],
  rowGroup: RowGroup,
): ReadPlan {
  const paths = new Set(['TraceID', ...[...columns].flatMap((column) => PATHS[column] ?? [])]);
  const named = (scope: 'resource' | 'span') =>
    namedLeaves(scope, dedicatedColumns).filter(
      ({ name }) => columns.has(`${scope}.column:*`) || columns.has(`${scope}.column:${name}`),
    );
  const resourceColumns = named('resource');
  const spanColumns = named('span');
  for (const { path } of [...resourceColumns, ...spanColumns]) paths.add(path);
  const wants = (prefix: string) => [...columns].some((column) => column.startsWith(prefix));
  const sizes = new Map(rowGroup.chunks.map((chunk) => [chunk.path, chunk.compressedSizeBytes]));
  const choose = (candidates: readonly string[]) => {
    const fetched = candidates.filter((path) => paths.has(path));
    const chosen = (fetched.length > 0 ? fetched : candidates).toSorted(
      (a, b) => sizes.get(a)! - sizes.get(b)!,
    )[0]!;
    paths.add(chosen);
    return chosen;
  };
  return {
    paths,
    spanStructure: choose(SPAN_STRUCTURE),
    eventStructure:
      wants('event.') || columns.has('span.events') ? choose(EVENT_STRUCTURE) : undefined,
    linkStructure: wants('link.') || columns.has('span.links') ? choose(LINK_STRUCTURE) : undefined,
    resourceColumns,
    spanColumns,
  };
}
