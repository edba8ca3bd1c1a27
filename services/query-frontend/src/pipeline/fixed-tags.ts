/** Answers of the tag endpoints that do not depend on data. */
import { printField } from '@tempo-ts/traceql';

/** The names of the scope `intrinsic`. */
export const INTRINSIC_TAGS: readonly string[] = [
  'duration',
  'event:name',
  'event:timeSinceStart',
  'instrumentation:name',
  'instrumentation:version',
  'kind',
  'link:spanID',
  'link:traceID',
  'name',
  'rootName',
  'rootServiceName',
  'span:duration',
  'span:id',
  'span:kind',
  'span:name',
  'span:parentID',
  'span:status',
  'span:statusMessage',
  'status',
  'statusMessage',
  'trace:duration',
  'trace:id',
  'trace:rootName',
  'trace:rootService',
  'traceDuration',
];
export const INTRINSIC_SCOPE = 'intrinsic';

/** Names of version 1 that mean no attribute of that name. */
const LEGACY_IDENTIFIERS: ReadonlyMap<string, string> = new Map([
  ['name', 'name'],
  ['root.name', 'rootName'],
  ['root.service.name', 'rootServiceName'],
  ['service.name', 'resource.service.name'],
]);
const LEGACY_VALUES: ReadonlyMap<string, readonly string[]> = new Map([
  ['status.code', ['error', 'ok', 'unset']],
  ['error', ['true']],
]);

/** The values of a name of version 1 that stands for something fixed, or undefined. */
export function findLegacyValues(name: string): readonly string[] | undefined {
  return LEGACY_VALUES.get(name);
}

/** The TraceQL identifier of a name of version 1. */
export function legacyIdentifier(name: string): string {
  return (
    LEGACY_IDENTIFIERS.get(name) ??
    printField({ kind: 'attribute', scope: 'none', parent: false, name })
  );
}
