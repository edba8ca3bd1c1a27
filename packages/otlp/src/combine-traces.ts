/**
 * Puts together what is known of one trace from several places: ingesters, blocks, pieces of a live
 * trace. A span seen twice is kept once; equal resources and scopes are joined; spans are ordered by
 * start, then id, scopes and resources by their first span.
 */
import {
  assembleTrace,
  takeTraceApart,
  type ResourcePart,
  type ScopePart,
  type SpanPart,
} from './trace-parts.ts';

/**
 * The trace that `parts` (serialized Traces of one trace id) are together, serialized. A single part
 * without duplicates is returned as it is, in its own order. Of equal spans (same first eight bytes of
 * the id and same kind) the first one is kept. The parts are not changed; the result may be one of them.
 *
 * @throws InvalidOtlpError when a part is malformed.
 */
export function combineTraces(parts: readonly Uint8Array[]): Uint8Array {
  const filled = parts.filter((part) => part.length > 0);
  if (filled.length === 0) return new Uint8Array(0);
  const resources = filled.flatMap((part) => takeTraceApart(part));
  const hadDuplicates = dropDuplicateSpans(resources);
  if (filled.length === 1 && !hadDuplicates) return filled[0]!;
  const merged = mergeEqual(resources);
  sortParts(merged);
  return assembleTrace(merged);
}

/** True when at least one span was dropped. */
function dropDuplicateSpans(resources: readonly ResourcePart[]): boolean {
  const seen = new Set<string>();
  let hadDuplicates = false;
  for (const resource of resources)
    for (const scope of resource.scopes) {
      const distinct = scope.spans.filter((span) => {
        const key = spanKey(span);
        if (seen.has(key)) return false;
        seen.add(key);
        return true;
      });
      hadDuplicates ||= distinct.length < scope.spans.length;
      scope.spans = distinct;
    }
  return hadDuplicates;
}

function spanKey(span: SpanPart): string {
  return `${bytesKey(span.spanId.subarray(0, 8))}${span.kind}`;
}

/** Joins resources, and scopes within a resource, whose bytes are equal; drops empty ones. */
function mergeEqual(resources: readonly ResourcePart[]): ResourcePart[] {
  const merged = new Map<string, { resource: ResourcePart; scopes: Map<string, ScopePart> }>();
  for (const resource of resources) {
    const filled = resource.scopes.filter((scope) => scope.spans.length > 0);
    if (filled.length === 0) continue;
    const key = bytesKey(resource.fields);
    let entry = merged.get(key);
    if (!entry) {
      entry = { resource: { fields: resource.fields, scopes: [] }, scopes: new Map() };
      merged.set(key, entry);
    }
    for (const scope of filled) mergeScope(entry, scope);
  }
  return [...merged.values()].map((entry) => entry.resource);
}

function mergeScope(
  entry: { resource: ResourcePart; scopes: Map<string, ScopePart> },
  scope: ScopePart,
): void {
  const key = bytesKey(scope.fields);
  const known = entry.scopes.get(key);
  if (known) {
    for (const span of scope.spans) known.spans.push(span);
    return;
  }
  entry.scopes.set(key, scope);
  entry.resource.scopes.push(scope);
}

function sortParts(resources: ResourcePart[]): void {
  for (const resource of resources) {
    for (const scope of resource.scopes) scope.spans.sort(compareSpans);
    resource.scopes.sort((left, right) => compareSpans(left.spans[0]!, right.spans[0]!));
  }
  resources.sort((left, right) =>
    compareSpans(left.scopes[0]!.spans[0]!, right.scopes[0]!.spans[0]!),
  );
}

/** By start, then id, then kind: a total order of the spans of a trace. */
function compareSpans(left: SpanPart, right: SpanPart): number {
  return (
    (left.startHigh >>> 0) - (right.startHigh >>> 0) ||
    (left.startLow >>> 0) - (right.startLow >>> 0) ||
    Buffer.compare(left.spanId, right.spanId) ||
    left.kind - right.kind
  );
}

function bytesKey(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
