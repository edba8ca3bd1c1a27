/** Generates settings the schema accepts, as they would stand in a file. */
import fc from 'fast-check';
import type { Field, YamlValue } from '../field.ts';

/** Strings YAML likes to take for something else. */
const TRICKY = [
  'yes',
  'null',
  '~',
  '0x10',
  '12:30',
  '1e3',
  'a: b',
  '# x',
  '"',
  "'",
  '-',
  'ü\n\t',
  ' ',
];

/** Any value `field` accepts; undefined when the field's values are too special to make up. */
export function arbitrarySetting(field: Field<unknown>): fc.Arbitrary<YamlValue> | undefined {
  if (field.children) return arbitrarySection(field.children);
  if (field.choices) return fc.constantFrom(...field.choices);
  if (field.kind === 'list' && field.item) {
    const item = arbitrarySetting(field.item);
    // Lists with rules about their items (bounds that rise, unique names) keep their default.
    const free = item && field.item.kind === 'scalar' && field.item.typeName === 'a string';
    return free ? fc.array(item, { maxLength: 3 }) : undefined;
  }
  if (field.kind === 'map' && field.item) {
    const item = arbitrarySetting(field.item);
    const key = fc.constantFrom('a', 'b.c', 'd e', '0', 'yes');
    return item && field.item.typeName !== 'a secret string'
      ? fc.dictionary(key, item, { maxKeys: 3 })
      : undefined;
  }
  return arbitraryScalar(field);
}

function arbitraryScalar(field: Field<unknown>): fc.Arbitrary<YamlValue> | undefined {
  const range = /from (\d+) to (\d+)/.exec(field.typeName);
  const min = Number(/at least (\d+)/.exec(field.typeName)?.[1] ?? range?.[1] ?? 0);
  const max = Number(range?.[2] ?? 2 ** 50);
  if (field.typeName === 'true or false') return fc.boolean();
  if (field.typeName.startsWith('a whole number'))
    return fc.integer({ min, max: Math.min(max, 2 ** 31 - 1) });
  if (field.typeName.startsWith('a number')) return fc.double({ min, max, noNaN: true });
  if (field.typeName === 'a duration')
    return fc.integer({ min: 1, max: 10 ** 9 }).map((ms) => `${ms}ms`);
  if (field.typeName === 'a size in bytes') return fc.nat().map((bytes) => `${bytes}B`);
  if (field.typeName === 'words joined by commas') return fc.constantFrom('a', 'a,b', '');
  if (field.typeName === 'a string' && field.default === '')
    return fc.oneof(fc.constantFrom(...TRICKY), fc.string());
  return undefined;
}

function arbitrarySection(children: ReadonlyMap<string, Field<unknown>>): fc.Arbitrary<YamlValue> {
  const entries = [...children].flatMap(([key, field]) => {
    const value = arbitrarySetting(field);
    return value ? [[key, value] as const] : [];
  });
  return fc.record(Object.fromEntries(entries), { requiredKeys: [] }) as fc.Arbitrary<YamlValue>;
}
