/** The configuration as YAML, as `/status/config` shows it. Secrets are masked. */
import { stringify } from 'yaml';
import type { Field, YamlValue } from './field.ts';
import { sameValue } from './same-value.ts';
import { tempoSchema, type TempoConfig } from './schema/tempo-config.ts';

/** `full`: everything; `diff`: what differs from the defaults; `defaults`: the defaults. */
export type RenderMode = 'full' | 'diff' | 'defaults';

/** `config` as a YAML document that starts with `---`, keys in the order of the reference. */
export function renderConfig(config: TempoConfig, mode: RenderMode = 'full'): string {
  const value = mode === 'defaults' ? tempoSchema.default : config;
  return renderDocument(tempoSchema, value, mode === 'diff' ? 'diff' : 'full');
}

/** `value` of `field` as a YAML document. In `diff` only keys that differ from their default. */
export function renderDocument<T>(field: Field<T>, value: T, mode: 'full' | 'diff'): string {
  return yamlDocument(toYaml(field, value, mode) ?? {});
}

/** A YAML document that starts with `---`. */
export function yamlDocument(value: YamlValue): string {
  // Written for YAML 1.1, so that Tempo reads the strings "yes" and "on" as strings as well.
  return `---\n${stringify(value, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })}`;
}

function toYaml<T>(field: Field<T>, value: T, mode: 'full' | 'diff'): YamlValue | undefined {
  if (mode === 'full') return field.write(value, { path: '' });
  return field.write(value, {
    path: '',
    keep: (_path, child, each) => !sameValue(each, child.default),
  });
}
