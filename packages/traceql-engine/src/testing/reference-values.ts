/** The oracle's view of fields: plain lookups in decoded spans. */
import type {
  PlainAttribute,
  PlainEvent,
  PlainLink,
  PlainResource,
  PlainScope,
  PlainSpan,
  PlainTrace,
} from '@tempo-ts/span-batch/testing';
import type { Attribute, Field, Static } from '@tempo-ts/traceql';

/** Where an expression is evaluated: on a span, perhaps for one of its events or links. */
export interface Place {
  readonly trace: PlainTrace;
  readonly resource: PlainResource;
  readonly scope: PlainScope;
  readonly span: PlainSpan;
  readonly event?: PlainEvent;
  readonly link?: PlainLink;
}
export const NIL: Static = { type: 'nil' };
export const bool = (value: boolean): Static => ({ type: 'bool', value });
export const text = (value: string): Static => ({ type: 'string', value });
export const int = (value: number | bigint): Static => ({ type: 'int', value: BigInt(value) });
export const duration = (value: bigint): Static => ({
  type: 'duration',
  value: BigInt.asIntN(64, value),
});
export const isTrue = (value: Static) => value.type === 'bool' && value.value;
export const unpadded = (id: string) => id.replace(/^0+/, '');
export const STATUS = ['unset', 'ok', 'error'] as const;
export const KIND = [
  'unspecified',
  'internal',
  'server',
  'client',
  'producer',
  'consumer',
] as const;

export function placesOf(trace: PlainTrace): Place[] {
  return trace.resources.flatMap((resource) =>
    resource.scopes.flatMap((scope) =>
      scope.spans.map((span) => ({ trace, resource, scope, span })),
    ),
  );
}

export const isNumber = (
  value: Static,
): value is Extract<Static, { type: 'int' | 'float' | 'duration' }> =>
  ['int', 'float', 'duration'].includes(value.type);

export function read(field: Field, place: Place): Static {
  if (field.kind === 'attribute') return readAttribute(field, place);
  const { trace, scope, span } = place;
  switch (field.name) {
    case 'duration':
      return duration(span.durationNanos);
    case 'name':
      return text(span.name);
    case 'status':
      return { type: 'status', value: STATUS[span.statusCode] ?? 'unset' };
    case 'statusMessage':
      return text(span.statusMessage);
    case 'kind':
      return { type: 'kind', value: KIND[span.kind] ?? 'unspecified' };
    case 'span:id':
      return text(span.id);
    case 'span:parentID':
      return text(span.parentId || '0'.repeat(16));
    case 'span:childCount':
      return int(
        span.nestedSet[0] === 0
          ? 0
          : placesOf(trace).filter((other) => other.span.nestedSet[2] === span.nestedSet[0]).length,
      );
    case 'trace:id':
      return text(unpadded(trace.id));
    case 'traceDuration':
      return duration(trace.endUnixNanos - trace.startUnixNanos);
    case 'rootName':
      return text(trace.rootSpanName ?? '');
    case 'rootServiceName':
      return text(trace.rootServiceName ?? '');
    case 'instrumentation:name':
      return text(scope.name);
    case 'instrumentation:version':
      return text(scope.version);
    case 'nestedSetLeft':
      return int(span.nestedSet[0]);
    case 'nestedSetRight':
      return int(span.nestedSet[1]);
    case 'nestedSetParent':
      return int(span.nestedSet[2]);
    case 'event:name':
      return ofEvents(place, (event) => text(event.name));
    case 'event:timeSinceStart':
      return ofEvents(place, (event) => duration(event.timeSinceStartNanos));
    case 'link:traceID':
      return ofLinks(place, (link) => text(unpadded(link.traceId)));
    case 'link:spanID':
      return ofLinks(place, (link) => text(link.spanId || '0'.repeat(16)));
    case 'parent':
      return NIL;
  }
}

function readAttribute(field: Attribute, place: Place): Static {
  const { name } = field;
  switch (field.scope) {
    case 'span':
      return find(place.span.columns, place.span.attributes, name);
    case 'resource':
      return name === 'service.name'
        ? text(place.resource.serviceName)
        : find(place.resource.columns, place.resource.attributes, name);
    case 'none': {
      const own = readAttribute({ ...field, scope: 'span' }, place);
      return own.type === 'nil' ? readAttribute({ ...field, scope: 'resource' }, place) : own;
    }
    case 'instrumentation':
      return find({}, place.scope.attributes, name);
    case 'event':
      return ofEvents(place, (event) => find({}, event.attributes, name));
    case 'link':
      return ofLinks(place, (link) => find({}, link.attributes, name));
  }
}

function ofEvents(place: Place, value: (event: PlainEvent) => Static): Static {
  const rows = place.event ? [place.event] : place.span.events;
  return rows.map((event) => value(event)).find(({ type }) => type !== 'nil') ?? NIL;
}

function ofLinks(place: Place, value: (link: PlainLink) => Static): Static {
  const rows = place.link ? [place.link] : place.span.links;
  return rows.map((link) => value(link)).find(({ type }) => type !== 'nil') ?? NIL;
}

function find(
  columns: Readonly<Record<string, string | bigint>>,
  attributes: readonly PlainAttribute[],
  name: string,
): Static {
  if (Object.hasOwn(columns, name)) return staticOf(columns[name]);
  const found = attributes.find(
    ([key, type, value]) =>
      key === name &&
      type !== 'unsupported' &&
      (type !== 'array' || (value as unknown[]).length > 0),
  );
  if (!found) return NIL;
  if (found[1] !== 'array') return staticOf(found[2]);
  return arrayOf((found[2] as unknown[]).map((value) => staticOf(value)));
}

export function arrayOf(parts: readonly Static[]): Static {
  if (parts.length < 2) return parts[0] ?? NIL;
  return {
    type: `${parts[0]!.type}[]`,
    value: parts.map((part) => (part as { value: unknown }).value),
  } as unknown as Static;
}

function staticOf(value: unknown): Static {
  if (typeof value === 'bigint') return int(value);
  if (typeof value === 'number') return { type: 'float', value };
  return typeof value === 'boolean' ? bool(value) : text(String(value));
}
