/** Attributes that get columns of their own in blocks. */
import { choice, text } from '../scalar-fields.ts';
import { list, section } from '../composite-fields.ts';
import type { FieldOptions, ValueOf } from '../field.ts';

const columnSchema = section('One column.', {
  scope: choice(['resource', 'span', 'event'], 'resource', 'Where the attribute is found.'),
  name: text('', 'Name of the attribute.'),
  type: choice(['string', 'int'], 'string', 'Type of its values; others stay where they were.'),
  options: list(choice(['array', 'blob'], 'array', 'Option.'), [], 'How the column is stored.'),
});

/** An attribute with a column of its own. */
export type DedicatedColumnConfig = ValueOf<typeof columnSchema>;

/** Columns there may be per scope, by type of value. */
const MOST_PER_SCOPE = { string: 10, int: 5 } as const;

/** A list of dedicated columns. */
export function dedicatedColumns(
  defaultValue: readonly DedicatedColumnConfig[],
  description: string,
  options: FieldOptions = {},
) {
  return list(columnSchema, defaultValue, description, { ...options, check: checkColumns });
}

function checkColumns(columns: readonly DedicatedColumnConfig[]): string | undefined {
  const names = new Set<string>();
  const counts = new Map<string, number>();
  for (const { scope, name, type } of columns) {
    if (name === '') return 'a dedicated column has no name';
    if (names.has(`${scope}.${name}`))
      return `the dedicated column ${scope}.${name} is listed twice`;
    names.add(`${scope}.${name}`);
    const count = (counts.get(`${scope} ${type}`) ?? 0) + 1;
    counts.set(`${scope} ${type}`, count);
    if (count > MOST_PER_SCOPE[type])
      return `there are more than ${MOST_PER_SCOPE[type]} dedicated ${type} columns for ${scope} attributes`;
  }
  return undefined;
}

function column(
  scope: DedicatedColumnConfig['scope'],
  name: string,
  type: DedicatedColumnConfig['type'] = 'string',
): DedicatedColumnConfig {
  return { scope, name, type, options: [] };
}

/** The columns Tempo 2.10 writes unless told otherwise. */
export const DEFAULT_DEDICATED_COLUMNS: readonly DedicatedColumnConfig[] = [
  column('resource', 'k8s.cluster.name'),
  column('resource', 'k8s.namespace.name'),
  column('resource', 'k8s.pod.name'),
  column('resource', 'k8s.container.name'),
  column('span', 'http.request.method'),
  column('span', 'http.response.status_code', 'int'),
  column('span', 'url.path'),
  column('span', 'url.route'),
  column('span', 'server.address'),
  column('span', 'server.port', 'int'),
  column('span', 'http.method'),
  column('span', 'http.url'),
  column('span', 'http.route'),
  column('span', 'http.status_code', 'int'),
];
