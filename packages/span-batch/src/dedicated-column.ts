/** Attribute names that have a column of their own in a block and in a span batch. */

/** Where a dedicated attribute is found and what it holds, as `parquet_dedicated_columns` says. */
export interface DedicatedColumn {
  readonly scope: 'resource' | 'span' | 'event';
  readonly name: string;
  readonly type: 'string' | 'int';
  readonly options: readonly ('array' | 'blob')[];
}

/** Resource attributes with a fixed string column in vParquet4, besides service.name, in column order. */
export const RESOURCE_FIXED_COLUMNS = [
  'cluster',
  'namespace',
  'pod',
  'container',
  'k8s.cluster.name',
  'k8s.namespace.name',
  'k8s.pod.name',
  'k8s.container.name',
] as const;

/** Span attributes with a fixed column in vParquet4, in column order; the last one holds integers. */
export const SPAN_FIXED_COLUMNS = ['http.method', 'http.url', 'http.status_code'] as const;

/** vParquet4 has this many spare string columns per scope. */
export const MAX_DEDICATED_COLUMNS_PER_SCOPE = 10;

/**
 * The configured columns that get a spare column of a scope in vParquet4, in order: strings without
 * options, whose name has no fixed column; at most ten; a repeated name counts once.
 */
export function assignedDedicatedColumns(
  scope: 'resource' | 'span',
  configured: readonly DedicatedColumn[],
): readonly DedicatedColumn[] {
  const taken = new Set<string>(
    scope === 'resource' ? ['service.name', ...RESOURCE_FIXED_COLUMNS] : SPAN_FIXED_COLUMNS,
  );
  const assigned: DedicatedColumn[] = [];
  for (const column of configured) {
    if (column.scope !== scope || column.type !== 'string' || column.options.length > 0) continue;
    if (taken.has(column.name) || assigned.length === MAX_DEDICATED_COLUMNS_PER_SCOPE) continue;
    taken.add(column.name);
    assigned.push(column);
  }
  return assigned;
}
