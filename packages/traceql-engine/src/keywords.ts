/** OTLP's numbers of statuses and kinds, by their names in the query language. */
import type { KindName, StatusName } from '@tempo-ts/traceql';

const STATUSES: readonly StatusName[] = ['unset', 'ok', 'error'];
const KINDS: readonly KindName[] = [
  'unspecified',
  'internal',
  'server',
  'client',
  'producer',
  'consumer',
];

/** OTLP's number of the error status. */
export const STATUS_ERROR = 2;

/** The name of a StatusCode; numbers that OTLP does not have count as unset. */
export function statusName(code: number): StatusName {
  return STATUSES[code] ?? 'unset';
}

/** The name of a SpanKind; numbers that OTLP does not have count as unspecified. */
export function kindName(kind: number): KindName {
  return KINDS[kind] ?? 'unspecified';
}

/** The StatusCode of a name. */
export function statusCode(name: string): number {
  return STATUSES.indexOf(name as StatusName);
}
