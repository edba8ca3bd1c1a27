/** Plain JavaScript values → source nodes, for settings that do not come from a file. */
import type { YamlValue } from './field.ts';
import type { SourceNode, SourcePosition } from './source-node.ts';

/** The node saying `value`, everywhere at `position`. */
export function nodeFromValue(value: YamlValue, position: SourcePosition): SourceNode {
  if (value === null) return { kind: 'null', position };
  if (isList(value)) {
    return { kind: 'list', position, items: value.map((item) => nodeFromValue(item, position)) };
  }
  if (typeof value !== 'object')
    return {
      kind: 'scalar',
      position,
      text: String(value),
      value,
      plain: typeof value !== 'string',
    };
  const entries = Object.entries(value).map(([key, child]) => ({
    key,
    position,
    value: nodeFromValue(child, position),
  }));
  return { kind: 'map', position, entries };
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}
