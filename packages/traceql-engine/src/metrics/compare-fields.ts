/** The fields that `compare` looks at (spec §9.8): every attribute of spans, and what they know of themselves. */
import type { AttributeTable, BatchColumn, NamedColumn } from '@tempo-ts/span-batch';
import { stringOf } from '@tempo-ts/span-batch';
import type { AttributeScope, Field, IntrinsicName } from '@tempo-ts/traceql';
import type { BatchView } from '../batch-view.ts';

const INTRINSICS: readonly IntrinsicName[] = [
  'name',
  'kind',
  'status',
  'statusMessage',
  'rootName',
  'rootServiceName',
  'instrumentation:name',
  'instrumentation:version',
];

const SERVICE_NAME = attribute('resource', 'service.name');

/** What has to be read for them. */
export const COMPARE_COLUMNS: readonly BatchColumn[] = [
  'trace.roots',
  'span.name',
  'span.kind',
  'span.status',
  'span.statusMessage',
  'scope.name',
  'scope.version',
  'scope.attributes',
  'span.attributes',
  'span.column:*',
  'resource.serviceName',
  'resource.attributes',
  'resource.column:*',
];

/**
 * The fields that spans of the batch may have. Attributes of events and links are left out, as Tempo
 * leaves them out.
 */
export function compareFields(view: BatchView): readonly Field[] {
  const { spans, resources, scopes } = view.batch;
  return [
    ...INTRINSICS.map((name): Field => ({ kind: 'intrinsic', name })),
    SERVICE_NAME,
    ...attributes('span', spans.attributes, spans.columns, spans.count),
    // A service name that is no string lies in the table, too; the column goes before it.
    ...attributes('resource', resources.attributes, resources.columns, resources.count).filter(
      (field) => field.kind !== 'attribute' || field.name !== 'service.name',
    ),
    ...attributes('instrumentation', scopes.attributes, [], scopes.count),
  ];
}

function attribute(scope: AttributeScope, name: string): Field {
  return { kind: 'attribute', scope, parent: false, name };
}

function attributes(
  scope: AttributeScope,
  table: AttributeTable,
  columns: readonly NamedColumn[],
  rows: number,
): readonly Field[] {
  const { dictionary, codes } = table.keys;
  const isUsed = new Uint8Array(dictionary.count);
  const total = table.offsets[rows]!;
  for (let i = table.offsets[0]!; i < total; i += 1) isUsed[codes[i]!] = 1;
  const names = new Set(columns.map(({ name }) => name));
  for (let code = 0; code < isUsed.length; code += 1)
    if (isUsed[code] === 1) names.add(stringOf(dictionary, code));
  return [...names].map((name) => attribute(scope, name));
}
