/** Reads a single declaration from YAML, for tests of declarations. */
import type { Field } from '../field.ts';
import { parseYaml } from '../parse-yaml.ts';
import { formatProblem } from '../problem.ts';
import { ReadContext } from '../read-context.ts';
import { indexPaths } from '../unknown-key.ts';

/** The value `text` gives `field`, with what was wrong and what was remarkable. */
export function readYaml<T>(
  field: Field<T>,
  text: string,
): {
  readonly value: T;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
} {
  const { node, problems } = parseYaml(text, 'f.yaml');
  if (!node) return { value: field.default, problems: problems.map(formatProblem), warnings: [] };
  const context = new ReadContext(indexPaths(field));
  const value = field.read(node, context, field.default);
  return {
    value,
    problems: context.problems.map(formatProblem),
    warnings: context.warnings.map((warning) => warning.message),
  };
}
