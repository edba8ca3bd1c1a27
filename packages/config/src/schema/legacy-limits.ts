/**
 * The flat form of limits that Tempo had before scopes: `ingestion_rate_limit_bytes` instead of
 * `ingestion: {rate_limit_bytes}`. It is rewritten to the scoped form before it is read.
 */
import type { Field } from '../field.ts';
import type { ReadContext } from '../read-context.ts';
import {
  nestedNode,
  overlayNodes,
  type MapEntry,
  type MapNode,
  type SourceNode,
} from '../source-node.ts';
import { visitFields } from '../unknown-key.ts';
import { limitsSchema } from './limits.ts';

/** The flat name of the limit at `path`. */
function legacyName(path: readonly string[]): string {
  const [scope, ...below] = path;
  if (scope === 'metrics_generator') return path.join('_');
  const name = below.join('_');
  return scope === 'ingestion' && !/^max_(global_)?traces/.test(name) ? `ingestion_${name}` : name;
}

/** Flat name → path in the scoped form. */
const LEGACY_PATHS: ReadonlyMap<string, readonly string[]> = collectPaths();

function collectPaths(): Map<string, readonly string[]> {
  const paths = new Map<string, readonly string[]>();
  visitFields(limitsSchema, (dotted, _key, field: Field<unknown>) => {
    const path = dotted.split('.');
    const flat = path.length > 1 && path[0] !== 'cost_attribution' && field.kind !== 'section';
    if (flat) paths.set(legacyName(path), path);
  });
  return paths;
}

/** Keys both forms have. */
const SHARED = new Set(['forwarders', 'cost_attribution']);

/** Flat names with the dotted paths they stand for. */
export function legacyLimitNames(): ReadonlyMap<string, string> {
  return new Map([...LEGACY_PATHS].map(([name, path]) => [name, path.join('.')]));
}

/** True when `key` belongs to the flat form. */
export function isLegacyLimit(key: string): boolean {
  return LEGACY_PATHS.has(key);
}

/** True when `node` uses the flat form; a mixture is reported to `context`. */
export function usesLegacyLimits(node: MapNode, context: ReadContext): boolean {
  const legacy = node.entries.find((entry) => isLegacyLimit(entry.key));
  const scoped = node.entries.find(
    (entry) => limitsSchema.children.has(entry.key) && !SHARED.has(entry.key),
  );
  if (legacy && scoped) {
    const message = `mixes the flat form of limits (${legacy.key}) with the scoped form (${scoped.key}); use the scoped form only`;
    context.problem(legacy.position, 'invalid_value', message);
  }
  return legacy !== undefined;
}

/** `entries` in the scoped form; keys that are no limits stay as they are. */
export function scopedLimits(entries: readonly MapEntry[], node: MapNode): SourceNode {
  let scoped: SourceNode = { kind: 'map', position: node.position, entries: [] };
  for (const entry of entries) {
    const path = LEGACY_PATHS.get(entry.key) ?? [entry.key];
    scoped = overlayNodes(scoped, nestedNode(path, entry.value, entry.position));
  }
  return scoped;
}
