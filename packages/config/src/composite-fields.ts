/** Declarations of keys that hold other keys: sections, lists, maps, and what may be left out. */
import {
  describedBy,
  type Field,
  type FieldOptions,
  type ValueOf,
  type WriteOptions,
  type YamlValue,
} from './field.ts';
import { joinPath, type ReadContext } from './read-context.ts';
import { sameValue } from './same-value.ts';
import {
  describeNode,
  plainValue,
  type MapEntry,
  type MapNode,
  type SourceNode,
} from './source-node.ts';
import { explainUnknownKey } from './unknown-key.ts';

/** The keys of a section, in the order they are documented and written. */
export type Shape = Readonly<Record<string, Field<unknown>>>;

/** The value of a section with these keys. */
export type SectionValue<S extends Shape> = { readonly [K in keyof S]: ValueOf<S[K]> };

/** A section; unlike other fields it always has children. */
export interface SectionField<out T> extends Field<T> {
  readonly kind: 'section';
  readonly children: ReadonlyMap<string, Field<unknown>>;
}

/** A section with the keys of `shape`. Keys it does not have are errors. */
export function section<const S extends Shape>(
  description: string,
  shape: S,
  options: FieldOptions = {},
): SectionField<SectionValue<S>> {
  return makeSection<SectionValue<S>>(new Map(Object.entries(shape)), {
    ...describedBy(description, options),
    typeName: 'a section',
  });
}

interface SectionFacts {
  readonly typeName: string;
  readonly description: string;
  readonly availability: Field<unknown>['availability'];
  readonly deprecated?: string;
}

function makeSection<T>(
  children: ReadonlyMap<string, Field<unknown>>,
  facts: SectionFacts,
): SectionField<T> {
  const collect = (pick: (field: Field<unknown>) => unknown): T =>
    Object.fromEntries([...children].map(([key, field]) => [key, pick(field)])) as T;
  return {
    ...facts,
    kind: 'section',
    children,
    default: collect((field) => field.default),
    zero: collect((field) => field.zero),
    read(node, context, base) {
      if (node.kind === 'null') return base;
      if (node.kind !== 'map') {
        const message = `${describeNode(node)} is given where a section is expected`;
        context.problem(node.position, 'wrong_type', message);
        return base;
      }
      const values: Record<string, unknown> = { ...(base as Record<string, unknown>) };
      for (const entry of node.entries) {
        const field = children.get(entry.key);
        if (field) values[entry.key] = readChild(field, entry, context, values[entry.key]);
        else reportUnknownKey(entry, children.keys(), context);
      }
      return values as T;
    },
    write: (value, options) => writeSection(children, value as Record<string, unknown>, options),
  };
}

/** Reads one key of a section and says so when the key does nothing yet. */
function readChild(
  field: Field<unknown>,
  entry: MapEntry,
  context: ReadContext,
  base: unknown,
): unknown {
  const silent = context.reported || field.availability.kind !== 'works';
  const child = context.at(entry.key, silent);
  child.positions.set(child.path, entry.position);
  const value = field.read(entry.value, child, base);
  if (sameValue(value, field.default)) return value;
  if (field.deprecated !== undefined) child.warnDeprecated(entry.position, field.deprecated);
  else if (!context.reported)
    child.warnUnavailable(at(entry), field.availability, changedKeys(field, value, entry.value));
  return value;
}

function at(entry: MapEntry): SourceNode {
  return { ...entry.value, position: entry.position };
}

/** Paths, relative to `field`, of the keys `node` sets away from their default. */
function changedKeys(field: Field<unknown>, value: unknown, node: SourceNode): string[] {
  if (field.kind !== 'section' || node.kind !== 'map') return [];
  return node.entries.flatMap((entry) => {
    const child = field.children?.get(entry.key);
    const childValue = (value as Record<string, unknown> | undefined)?.[entry.key];
    if (!child || sameValue(childValue, child.default)) return [];
    const below = changedKeys(child, childValue, entry.value);
    return below.length > 0 ? below.map((key) => joinPath(entry.key, key)) : [entry.key];
  });
}

function reportUnknownKey(entry: MapEntry, siblings: Iterable<string>, context: ReadContext): void {
  const message = explainUnknownKey(entry.key, {
    siblings: [...siblings],
    parentPath: context.path,
    pathsByKey: context.pathsByKey,
  });
  context.at(entry.key).problem(entry.position, 'unknown_key', message);
}

function writeSection(
  children: ReadonlyMap<string, Field<unknown>>,
  value: Readonly<Record<string, unknown>>,
  options: WriteOptions,
): YamlValue | undefined {
  const written: Record<string, YamlValue> = {};
  for (const [key, field] of children) {
    const path = joinPath(options.path, key);
    if (field.optional && value[key] === undefined) continue;
    if (options.keep && !options.keep(path, field, value[key])) continue;
    const child = field.write(value[key], { ...options, path });
    if (child !== undefined) written[key] = child;
  }
  return written;
}

/** Replacement defaults for some keys of a section, to any depth. */
export type DefaultsOf<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: DefaultsOf<T[K]> }
    : T;

/** The same section with other defaults for some of its keys. */
export function withDefaults<T extends object>(
  field: SectionField<T>,
  defaults: DefaultsOf<T>,
): SectionField<T> {
  const children = new Map(
    [...field.children].map(([key, child]) => {
      const value = (defaults as Record<string, unknown>)[key];
      if (value === undefined) return [key, child];
      if (child.kind === 'section')
        return [key, withDefaults(child as SectionField<object>, value as object)];
      return [key, { ...child, default: value }];
    }),
  );
  return makeSection<T>(children, field);
}

/** A list; what is given replaces the default as a whole. */
export function list<T>(
  item: Field<T>,
  defaultValue: readonly NoInfer<T>[],
  description: string,
  options: FieldOptions & {
    readonly check?: (values: readonly T[]) => string | undefined;
  } = {},
): Field<readonly T[]> {
  const typeName = `a list of ${plural(item.typeName)}`;
  return {
    kind: 'list',
    typeName,
    default: defaultValue,
    zero: [],
    item,
    ...describedBy(description, options),
    read(node, context, base) {
      if (node.kind === 'null') return base;
      if (node.kind !== 'list') {
        const message = `${describeNode(node)} is given where ${typeName} is expected`;
        context.problem(node.position, 'wrong_type', message);
        return base;
      }
      const values = node.items.map((each, index) => {
        const itemContext = context.at(`[${index}]`);
        itemContext.positions.set(itemContext.path, each.position);
        return item.read(each, itemContext, item.default);
      });
      const complaint = options.check?.(values);
      if (complaint !== undefined) context.problem(node.position, 'invalid_value', complaint);
      return values;
    },
    write: (value, write) =>
      value.map((each, index) => {
        const path = `${write.path}[${index}]`;
        return item.write(each, { path }) ?? null;
      }),
  };
}

function plural(typeName: string): string {
  return typeName
    .replace(/^an? /, '')
    .replace(/^(\S+)/, (word) => (word.endsWith('s') ? word : `${word}s`));
}

/** A map from names chosen by the user to values; what is given replaces the default as a whole. */
export function mapOf<T>(
  item: Field<T>,
  defaultValue: Readonly<Record<string, NoInfer<T>>>,
  description: string,
  options: FieldOptions = {},
): Field<Readonly<Record<string, T>>> {
  const typeName = `a map of names to ${plural(item.typeName)}`;
  return {
    kind: 'map',
    typeName,
    default: defaultValue,
    zero: {},
    item,
    ...describedBy(description, options),
    read(node, context, base) {
      if (node.kind === 'null') return base;
      if (node.kind === 'map') return readMap(item, node, context);
      const message = `${describeNode(node)} is given where ${typeName} is expected`;
      context.problem(node.position, 'wrong_type', message);
      return base;
    },
    write: (value, write) =>
      Object.fromEntries(
        Object.entries(value).map(([key, each]) => {
          const path = joinPath(write.path, key);
          return [key, item.write(each, { path }) ?? null];
        }),
      ),
  };
}

function readMap<T>(item: Field<T>, node: MapNode, context: ReadContext): Record<string, T> {
  return Object.fromEntries(
    node.entries.map((entry) => {
      const child = context.at(entry.key);
      child.positions.set(child.path, entry.position);
      return [entry.key, item.read(entry.value, child, item.default)];
    }),
  );
}

/**
 * A key that may be left out: its value is undefined then. With `nullEnables`, a key that is named
 * without a value (`http:`) stands for its section with all defaults, as receivers have it.
 */
export function optional<T>(
  field: Field<T>,
  options: { readonly nullEnables?: boolean } = {},
): Field<T | undefined> {
  return {
    ...field,
    default: undefined,
    zero: undefined,
    optional: true,
    read(node, context, base) {
      if (node.kind === 'null') return options.nullEnables ? field.default : base;
      return field.read(node, context, base ?? field.default);
    },
    write: (value, write) => (value === undefined ? undefined : field.write(value, write)),
  };
}

/** Any YAML, handed on as it is. */
export function free(
  defaultValue: unknown,
  description: string,
  options: FieldOptions = {},
): Field<unknown> {
  return {
    kind: 'free',
    typeName: 'any YAML',
    default: defaultValue,
    zero: undefined,
    ...describedBy(description, options),
    read: (node) => plainValue(node),
    write: (value) => value as YamlValue,
  };
}
