/**
 * The schema of a vParquet4 file: one row per trace, 103 leaves. Tempo finds columns by name when it
 * searches and by position when it rebuilds traces, so neither may change.
 */
import {
  leaf,
  list,
  map,
  struct,
  type SchemaGroup,
  type SchemaLeaf,
  type SchemaNode,
} from '@tempo-ts/parquet';
import { MAX_DEDICATED_COLUMNS_PER_SCOPE } from '@tempo-ts/span-batch';

const text = (name: string) =>
  leaf(name, 'BYTE_ARRAY', { annotation: 'string', encoding: 'dictionary' });
const optionalText = (name: string) =>
  leaf(name, 'BYTE_ARRAY', { annotation: 'string', encoding: 'dictionary', optional: true });
const uniqueText = (name: string) =>
  leaf(name, 'BYTE_ARRAY', { annotation: 'string', encoding: 'delta' });
const bytes = (name: string) => leaf(name, 'BYTE_ARRAY', { encoding: 'delta' });
const int32 = (name: string, encoding: 'delta' | 'plain' = 'delta') =>
  leaf(name, 'INT32', { annotation: 'int', encoding });
const uint32 = (name: string) => leaf(name, 'INT32', { annotation: 'uint', encoding: 'delta' });
const int64 = (name: string) => leaf(name, 'INT64', { annotation: 'int', encoding: 'delta' });
const uint64 = (name: string) => leaf(name, 'INT64', { annotation: 'uint', encoding: 'delta' });
const plainInt64 = (name: string) => leaf(name, 'INT64', { annotation: 'int', encoding: 'plain' });

const attributes = (): SchemaGroup =>
  list(
    'Attrs',
    struct('', [
      text('Key'),
      leaf('IsArray', 'BOOLEAN', { encoding: 'plain' }),
      list('Value', text('')),
      list('ValueInt', plainInt64('')),
      list('ValueDouble', leaf('', 'DOUBLE', { encoding: 'plain' })),
      list('ValueBool', leaf('', 'BOOLEAN', { encoding: 'plain' })),
      leaf('ValueUnsupported', 'BYTE_ARRAY', {
        annotation: 'string',
        encoding: 'delta',
        optional: true,
      }),
    ]),
  );

/** The name of spare column `number`, counted from 0. */
export const dedicatedColumnName = (number: number): string =>
  `String${String(number + 1).padStart(2, '0')}`;

const dedicated = (): SchemaGroup =>
  struct(
    'DedicatedAttributes',
    Array.from({ length: MAX_DEDICATED_COLUMNS_PER_SCOPE }, (_, number) =>
      optionalText(dedicatedColumnName(number)),
    ),
  );

/** Column names of `RESOURCE_FIXED_COLUMNS`, in the same order. */
export const RESOURCE_FIXED_LEAVES = [
  'Cluster',
  'Namespace',
  'Pod',
  'Container',
  'K8sClusterName',
  'K8sNamespaceName',
  'K8sPodName',
  'K8sContainerName',
] as const;

/** Column names of `SPAN_FIXED_COLUMNS`, in the same order. */
export const SPAN_FIXED_LEAVES = ['HttpMethod', 'HttpUrl', 'HttpStatusCode'] as const;

const httpStatusCode: SchemaLeaf = leaf('HttpStatusCode', 'INT64', {
  annotation: 'int',
  encoding: 'plain',
  optional: true,
});

const events = (): SchemaNode =>
  list(
    'Events',
    struct('', [
      uint64('TimeSinceStartNano'),
      text('Name'),
      attributes(),
      int32('DroppedAttributesCount'),
    ]),
  );

const links = (): SchemaNode =>
  list(
    'Links',
    struct('', [
      bytes('TraceID'),
      bytes('SpanID'),
      uniqueText('TraceState'),
      attributes(),
      int32('DroppedAttributesCount'),
    ]),
  );

const spans = (): SchemaNode =>
  list(
    'Spans',
    struct('', [
      bytes('SpanID'),
      bytes('ParentSpanID'),
      int32('ParentID'),
      int32('NestedSetLeft'),
      int32('NestedSetRight'),
      text('Name'),
      int64('Kind'),
      uniqueText('TraceState'),
      uint64('StartTimeUnixNano'),
      uint64('DurationNano'),
      int64('StatusCode'),
      uniqueText('StatusMessage'),
      attributes(),
      int32('DroppedAttributesCount'),
      events(),
      int32('DroppedEventsCount', 'plain'),
      links(),
      int32('DroppedLinksCount', 'plain'),
      optionalText('HttpMethod'),
      optionalText('HttpUrl'),
      httpStatusCode,
      dedicated(),
    ]),
  );

const scopes = (): SchemaNode =>
  list(
    'ss',
    struct('', [
      struct('Scope', [
        text('Name'),
        text('Version'),
        attributes(),
        int32('DroppedAttributesCount'),
      ]),
      spans(),
    ]),
  );

const resource = (): SchemaNode =>
  struct('Resource', [
    attributes(),
    int32('DroppedAttributesCount'),
    text('ServiceName'),
    ...RESOURCE_FIXED_LEAVES.map(optionalText),
    dedicated(),
  ]);

/** The root of a vParquet4 file. */
export const TRACE_SCHEMA: SchemaGroup = struct('Trace', [
  bytes('TraceID'),
  uniqueText('TraceIDText'),
  uint64('StartTimeUnixNano'),
  uint64('EndTimeUnixNano'),
  uint64('DurationNano'),
  text('RootServiceName'),
  text('RootSpanName'),
  map('ServiceStats', uniqueText(''), struct('', [uint32('SpanCount'), uint32('ErrorCount')])),
  list('rs', struct('', [resource(), scopes()])),
]);

/** Paths below which the columns of a scope lie. */
export const RESOURCE_PATH = 'rs.list.element.Resource';
export const SCOPE_PATH = 'rs.list.element.ss.list.element.Scope';
/** The list of spans. */
export const SPANS_LIST = 'rs.list.element.ss.list.element.Spans';
export const SPAN_PATH = `${SPANS_LIST}.list.element`;
export const EVENT_PATH = `${SPAN_PATH}.Events.list.element`;
export const LINK_PATH = `${SPAN_PATH}.Links.list.element`;
