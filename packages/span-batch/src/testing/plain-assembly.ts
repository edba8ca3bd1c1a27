/** Assembles plain traces the slow and obvious way, to test the fast way against. */
import { spansOf, unionOf } from './plain-oracle.ts';
import type { PlainResource, PlainScope, PlainSpan, PlainTrace } from './describe-span-batch.ts';

/** A span with the entries it stands under. */
interface Placed {
  readonly resource: PlainResource;
  readonly scope: PlainScope;
  readonly span: PlainSpan;
}

/** One row per trace id, ascending, of pieces in order of arrival. */
export function plainAssemblyOf(pieces: readonly PlainTrace[]): PlainTrace[] {
  const byId = Map.groupBy(pieces, ({ id }) => id);
  return [...byId.keys()].toSorted().map((id) => plainTraceOf(id, byId.get(id)!));
}

function plainTraceOf(id: string, pieces: readonly PlainTrace[]): PlainTrace {
  const level = levelled(pieces.flatMap((piece) => placedIn(piece.resources)));
  const placed = pieces.map((piece) => placedIn(rebatch(placedIn(piece.resources).map(level))));
  const [first, ...others] = placed as [Placed[], ...Placed[][]];
  const isOne = others.every((other) => identities(other).join() === identities(first).join());
  const spans = isOne ? first : union(placed).toSorted(compareSpans);
  const resources = numbered(rebatch(spans));
  const root = placedIn(resources).findLast(({ span }) => isRoot(span, id));
  return {
    id,
    ...unionOf(pieces.map(({ startUnixNanos: start, endUnixNanos: end }) => ({ start, end }))),
    rootServiceName: root?.resource.serviceName,
    rootSpanName: root?.span.name,
    serviceStats: serviceStatsOf(placedIn(resources)),
    resources,
  };
}

function placedIn(resources: readonly PlainResource[]): Placed[] {
  return resources.flatMap((resource) =>
    resource.scopes.flatMap((scope) => scope.spans.map((span) => ({ resource, scope, span }))),
  );
}

function identity({ span }: Placed): string {
  return `${span.id.slice(0, 16)}/${span.kind}`;
}

function identities(spans: readonly Placed[]): string[] {
  return spans.map(identity);
}

/** Every span once: the n-th with an identity in one piece is the n-th with it in another. */
function union(pieces: readonly (readonly Placed[])[]): Placed[] {
  const kept = new Map<string, Placed>();
  for (const piece of pieces) {
    const times = new Map<string, number>();
    for (const placed of piece) {
      const key = identity(placed);
      times.set(key, (times.get(key) ?? 0) + 1);
      const occurrence = `${key}/${times.get(key)}`;
      if (!kept.has(occurrence)) kept.set(occurrence, placed);
    }
  }
  return [...kept.values()];
}

function compareSpans({ span: a }: Placed, { span: b }: Placed): number {
  if (a.startUnixNanos !== b.startUnixNanos) return a.startUnixNanos < b.startUnixNanos ? -1 : 1;
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  return a.kind - b.kind;
}

/** Spans below one entry per equal resource and scope, each where its first span stands. */
function rebatch(spans: readonly Placed[]): PlainResource[] {
  const byResource = Map.groupBy(spans, ({ resource }) => contentOf(resource));
  return [...byResource.values()].map((inResource) => {
    const byScope = Map.groupBy(inResource, ({ scope }) => contentOf(scope));
    return {
      ...inResource[0]!.resource,
      scopes: [...byScope.values()].map((inScope) => ({
        ...inScope[0]!.scope,
        spans: inScope.map(({ span }) => span),
      })),
    };
  });
}

/** Gives entries that become one the largest of their dropped counts. */
function levelled(all: readonly Placed[]): (placed: Placed) => Placed {
  const resourceKey = ({ resource }: Placed): string => contentOf(resource);
  const scopeKey = (placed: Placed): string => resourceKey(placed) + contentOf(placed.scope);
  const largest = new Map<string, number>();
  const note = (key: string, count: number): void => {
    const known = largest.get(key) ?? 0;
    largest.set(key, count >>> 0 > known >>> 0 ? count : known);
  };
  for (const placed of all) {
    note(resourceKey(placed), placed.resource.droppedAttributesCount);
    note(scopeKey(placed), placed.scope.droppedAttributesCount);
  }
  return (placed) => ({
    span: placed.span,
    resource: {
      ...placed.resource,
      droppedAttributesCount: largest.get(resourceKey(placed))!,
    },
    scope: { ...placed.scope, droppedAttributesCount: largest.get(scopeKey(placed))! },
  });
}

/** What makes two entries equal: all but what is below them and their dropped count. */
function contentOf(entry: PlainResource | PlainScope): string {
  const below = new Set(['scopes', 'spans', 'droppedAttributesCount']);
  return JSON.stringify(entry, (key, part: unknown) => {
    if (below.has(key)) return undefined;
    if (typeof part === 'bigint') return `${part}n`;
    if (typeof part === 'number' && (!Number.isFinite(part) || Object.is(part, -0)))
      return Object.is(part, -0) ? '-0' : `number ${part}`;
    return part;
  });
}

function isRoot({ parentId, links }: PlainSpan, traceId: string): boolean {
  const isChild = links.some(
    (link) =>
      link.traceId === traceId &&
      link.attributes.some(
        ([key, type, value]) =>
          key === 'opentracing.ref_type' && type === 'scalar' && value === 'child_of',
      ),
  );
  return parentId === '' && !isChild;
}

function serviceStatsOf(spans: readonly Placed[]): PlainTrace['serviceStats'] {
  const byService = Map.groupBy(spans, ({ resource }) => resource.serviceName);
  return [...byService]
    .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([service, ofService]) => [
      service,
      ofService.length,
      ofService.filter(({ span }) => span.statusCode === 2).length,
    ]);
}

/** The resources with nested-set numbers, by plain recursion. */
function numbered(resources: readonly PlainResource[]): PlainResource[] {
  const spans = spansOf(resources);
  const numbers = new Map<PlainSpan, PlainSpan['nestedSet']>();
  const byId = Map.groupBy(spans, ({ id }) => id);
  const isNumbered =
    spans.some(({ parentId }) => parentId === '') &&
    [...byId.values()].every((same) => same.length <= 2);
  if (isNumbered) {
    const parentOf = new Map(spans.map((span) => [span, findParent(span, byId)]));
    let counter = 1;
    const visit = (span: PlainSpan, parentLeft: number): void => {
      const left = counter++;
      for (const child of spans) if (parentOf.get(child) === span) visit(child, left);
      numbers.set(span, [left, counter++, parentLeft]);
    };
    for (const span of spans) if (span.parentId === '') visit(span, -1);
  }
  return resources.map((resource) => ({
    ...resource,
    scopes: resource.scopes.map((scope) => ({
      ...scope,
      spans: scope.spans.map((span) => ({ ...span, nestedSet: numbers.get(span) ?? [0, 0, 0] })),
    })),
  }));
}

function findParent(
  span: PlainSpan,
  byId: ReadonlyMap<string, readonly PlainSpan[]>,
): PlainSpan | undefined {
  if (span.parentId === '') return undefined;
  const candidates = byId.get(span.parentId) ?? [];
  if (candidates.length < 2) return candidates[0];
  return candidates.find(({ kind }) => kind === (span.kind === 2 ? 3 : 2));
}
