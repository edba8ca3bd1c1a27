/** The dedicated columns that blocks made with Tempo's default configuration come from. */
import type { BlockDedicatedColumn } from '@tempo-ts/ports';

const column = (
  scope: 'resource' | 'span',
  name: string,
  type: 'string' | 'int' = 'string',
): BlockDedicatedColumn => ({ scope, name, type, options: [] });

/** `parquet_dedicated_columns` of Tempo when nothing is configured. */
export const DEFAULT_DEDICATED_COLUMNS: readonly BlockDedicatedColumn[] = [
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
