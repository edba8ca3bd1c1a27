/**
 * The schema of a file: a tree of groups and leaves, and how a list or a map is spelt in it.
 *
 * A writer describes its columns with {@link struct}, {@link list}, {@link map} and {@link leaf}; a
 * reader gets the same tree from the footer. Levels follow from the tree: a repeated node adds one
 * to both, an optional one to the definition level.
 */

export type Repetition = 'required' | 'optional' | 'repeated';
export type PhysicalType =
  | 'BOOLEAN'
  | 'INT32'
  | 'INT64'
  | 'INT96'
  | 'FLOAT'
  | 'DOUBLE'
  | 'BYTE_ARRAY'
  | 'FIXED_LEN_BYTE_ARRAY';

/** What a physical value stands for. `int` and `uint` have the width of the physical type. */
export type Annotation = 'string' | 'int' | 'uint' | 'list' | 'map';

/** How a writer should encode a leaf; an encoder that has no choice may do otherwise. */
export type EncodingHint = 'plain' | 'dictionary' | 'delta';

export interface SchemaLeaf {
  readonly kind: 'leaf';
  readonly name: string;
  readonly repetition: Repetition;
  readonly physical: PhysicalType;
  readonly annotation?: Annotation;
  /** Of FIXED_LEN_BYTE_ARRAY. */
  readonly typeLength?: number;
  readonly encoding?: EncodingHint;
}

export interface SchemaGroup {
  readonly kind: 'group';
  readonly name: string;
  readonly repetition: Repetition;
  readonly annotation?: Annotation;
  readonly children: readonly SchemaNode[];
}

export type SchemaNode = SchemaGroup | SchemaLeaf;

/** A leaf with its place in the tree. */
export interface ColumnDescriptor {
  /** Names from below the root to the leaf, joined by dots. */
  readonly path: string;
  /** Position among the leaves, which is the order of chunks in a row group. */
  readonly index: number;
  readonly leaf: SchemaLeaf;
  readonly maxRepetitionLevel: number;
  readonly maxDefinitionLevel: number;
}

/** A required group. */
export function struct(name: string, children: readonly SchemaNode[]): SchemaGroup {
  return { kind: 'group', name, repetition: 'required', children };
}

/** A required list in the three-level form; the name of `element` is replaced. */
export function list(name: string, element: SchemaNode): SchemaGroup {
  const repeated: SchemaGroup = {
    kind: 'group',
    name: 'list',
    repetition: 'repeated',
    children: [{ ...element, name: 'element' }],
  };
  return { kind: 'group', name, repetition: 'required', annotation: 'list', children: [repeated] };
}

/** A required map from `key` to `value`; their names are replaced. */
export function map(name: string, key: SchemaLeaf, value: SchemaNode): SchemaGroup {
  const repeated: SchemaGroup = {
    kind: 'group',
    name: 'key_value',
    repetition: 'repeated',
    children: [
      { ...key, name: 'key' },
      { ...value, name: 'value' },
    ],
  };
  return { kind: 'group', name, repetition: 'required', annotation: 'map', children: [repeated] };
}

/** A leaf, required unless said otherwise. */
export function leaf(
  name: string,
  physical: PhysicalType,
  options: {
    readonly annotation?: Annotation;
    readonly optional?: boolean;
    readonly encoding?: EncodingHint;
  } = {},
): SchemaLeaf {
  const { annotation, encoding } = options;
  return {
    kind: 'leaf',
    name,
    physical,
    repetition: options.optional === true ? 'optional' : 'required',
    ...(annotation ? { annotation } : {}),
    ...(encoding ? { encoding } : {}),
  };
}

/** The leaves below `root`, in order. */
export function describeColumns(root: SchemaGroup): ColumnDescriptor[] {
  const columns: ColumnDescriptor[] = [];
  const walk = (node: SchemaNode, parent: string, repetition: number, definition: number) => {
    const path = parent === '' ? node.name : `${parent}.${node.name}`;
    const maxRepetitionLevel = repetition + (node.repetition === 'repeated' ? 1 : 0);
    const maxDefinitionLevel = definition + (node.repetition === 'required' ? 0 : 1);
    if (node.kind === 'leaf')
      columns.push({
        path,
        index: columns.length,
        leaf: node,
        maxRepetitionLevel,
        maxDefinitionLevel,
      });
    else
      for (const child of node.children) walk(child, path, maxRepetitionLevel, maxDefinitionLevel);
  };
  for (const child of root.children) walk(child, '', 0, 0);
  return columns;
}
