/**
 * Prints syntax trees in Tempo's canonical form (SPEC P1 to P5): the keys of `by(...)` and of
 * aggregates in search results, the labels of series, and expressions in error messages. What is
 * printed parses back to the same tree (SPEC P6).
 */
import type { Attribute, Field, FieldExpression } from './ast/field-expression.ts';
import type { MetricsSecondStage, MetricsStage } from './ast/metrics.ts';
import type {
  Aggregate,
  Pipeline,
  PipelineStage,
  ScalarExpression,
  SpansetExpression,
  SpansetFilter,
} from './ast/pipeline.ts';
import type { Query } from './ast/query.ts';
import type { Static } from './ast/static.ts';
import { formatDurationNanos } from './duration-literal.ts';
import { isBareAttributeName } from './string-literal.ts';

/** A value as it is printed within expressions: strings in backticks. */
export function printStatic(value: Static): string {
  switch (value.type) {
    case 'nil':
      return 'nil';
    case 'float':
      return printFloat(value.value);
    case 'string':
      return printString(value.value);
    case 'duration':
      return formatDurationNanos(value.value);
    case 'int':
    case 'bool':
    case 'status':
    case 'kind':
      return String(value.value);
    case 'int[]':
    case 'bool[]':
      return `[${value.value.join(', ')}]`;
    case 'float[]':
      return `[${value.value.map(printFloat).join(', ')}]`;
    case 'string[]':
      return `[${value.value.map(printString).join(', ')}]`;
  }
}

/** In backticks; in double quotes when backticks cannot hold it. */
function printString(value: string): string {
  return /[`\r]/.test(value) ? JSON.stringify(value) : `\`${value}\``;
}

/** The shortest decimal that reads back as `value`, with an exponent from 1e+06 on and below 1e-04. */
export function printFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0.0';
  const exponent = value === 0 ? 0 : Number(/e(.+)$/.exec(value.toExponential())![1]);
  if (exponent < -4 || exponent >= 6) {
    const [mantissa] = value.toExponential().split('e');
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const text = String(value);
  return text.includes('.') ? text : `${text}.0`;
}

/** A field as written in a query and used as the label of a series: `span.foo`, `.foo`, `status`. */
export function printField(field: Field): string {
  return field.kind === 'intrinsic' ? field.name : printAttribute(field);
}

function printAttribute({ scope, parent, name }: Attribute): string {
  const prefix = `${parent ? 'parent.' : ''}${scope === 'none' ? '' : `${scope}.`}` || '.';
  const bare =
    isBareAttributeName(name) && !(prefix === '.' && /^\d/.test(name)) && !takesScope(prefix, name);
  return prefix + (bare ? name : `"${name.replaceAll(/["\\]/g, String.raw`\$&`)}"`);
}

/** Behind `parent.` a name that begins with a scope would be read as that scope. */
function takesScope(prefix: string, name: string): boolean {
  return prefix === 'parent.' && /^(span|resource)\./.test(name);
}

/** An expression; operands that are operations stand in parentheses. */
export function printExpression(expression: FieldExpression): string {
  switch (expression.kind) {
    case 'literal':
      return printStatic(expression.value);
    case 'attribute':
    case 'intrinsic':
      return printField(expression);
    case 'existence':
      return `${printOperand(expression.operand)} ${expression.exists ? '!=' : '='} nil`;
    case 'unary':
      return expression.operator + printOperand(expression.operand);
    case 'binary': {
      const { left, operator, right } = expression;
      return `${printOperand(left)} ${operator} ${printOperand(right)}`;
    }
  }
}

function printOperand(expression: FieldExpression): string {
  const text = printExpression(expression);
  const isOperation =
    expression.kind === 'binary' || expression.kind === 'unary' || expression.kind === 'existence';
  return isOperation ? `(${text})` : text;
}

/** `count()`, `max(span.level + 1)`. */
export function printAggregate({ operator, operand }: Aggregate): string {
  return `${operator}(${operand ? printExpression(operand) : ''})`;
}

/** `by(expression)`, the key of a group's value. */
export function printGroup(expression: FieldExpression): string {
  return `by(${printExpression(expression)})`;
}

/** A filter with its braces. */
export function printFilter(filter: SpansetFilter): string {
  return `{ ${printExpression(filter.expression)} }`;
}

/** Left and right of a scalar filter, and their parts. */
export function printScalar(expression: ScalarExpression): string {
  switch (expression.kind) {
    case 'aggregate':
      return printAggregate(expression);
    case 'scalar-literal':
      return printStatic(expression.value);
    case 'scalar-pipeline':
      return `(${printPipeline(expression.pipeline)} | ${printAggregate(expression.aggregate)})`;
    case 'scalar-operation': {
      const { left, operator, right } = expression;
      return `${printScalarOperand(left)} ${operator} ${printScalarOperand(right)}`;
    }
  }
}

function printScalarOperand(expression: ScalarExpression): string {
  const text = printScalar(expression);
  return expression.kind === 'scalar-operation' ? `(${text})` : text;
}

/** A spanset expression; an operand that is itself an operation or a pipeline stands in parentheses. */
export function printSpanset(expression: SpansetExpression): string {
  switch (expression.kind) {
    case 'spanset-filter':
      return printFilter(expression);
    case 'pipeline':
      return `(${printPipeline(expression)})`;
    case 'spanset-operation': {
      const { left, operator, right } = expression;
      // A pipeline as an operand asks for parentheses around the other one, too.
      const wrap = holdsPipeline(left) || holdsPipeline(right);
      return `${printSpansetOperand(left, wrap)} ${operator} ${printSpansetOperand(right, wrap)}`;
    }
  }
}

function holdsPipeline(expression: SpansetExpression): boolean {
  if (expression.kind === 'spanset-filter') return false;
  if (expression.kind === 'pipeline') return true;
  return holdsPipeline(expression.left) || holdsPipeline(expression.right);
}

function printSpansetOperand(expression: SpansetExpression, wrap: boolean): string {
  const text = printSpanset(expression);
  const bare = expression.kind === 'pipeline' || (expression.kind === 'spanset-filter' && !wrap);
  return bare ? text : `(${text})`;
}

/** One stage between the bars of a pipeline. */
export function printStage(stage: PipelineStage): string {
  switch (stage.kind) {
    case 'scalar-filter':
      return `${printScalar(stage.left)} ${stage.operator} ${printScalar(stage.right)}`;
    case 'group':
      return printGroup(stage.expression);
    case 'coalesce':
      return 'coalesce()';
    case 'select':
      return `select(${stage.fields.map(printField).join(', ')})`;
    case 'spanset-filter':
    case 'spanset-operation':
    case 'pipeline':
      return printSpanset(stage);
  }
}

/** Stages joined by bars. */
export function printPipeline(pipeline: Pipeline): string {
  return pipeline.stages.map(printStage).join(' | ');
}

/** The metrics function behind a pipeline. */
export function printMetricsStage(stage: MetricsStage): string {
  if (stage.kind === 'metrics-compare') {
    const { selection, topN, startUnixNano, endUnixNano } = stage;
    const range = stage.hasRange ? `, ${startUnixNano}, ${endUnixNano}` : '';
    return `compare(${printFilter(selection)}, ${topN}${range})`;
  }
  const inside = [
    ...(stage.field ? [printField(stage.field)] : []),
    ...stage.quantiles.map(printFloat),
  ];
  const by = stage.by.length > 0 ? ` by(${stage.by.map(printField).join(', ')})` : '';
  return `${stage.function}(${inside.join(', ')})${by}`;
}

function printSecondStage(stage: MetricsSecondStage): string {
  return stage.kind === 'metrics-filter'
    ? ` ${stage.operator} ${printStatic(stage.value)}`
    : ` | ${stage.kind}(${stage.limit})`;
}

/** The whole query. */
export function printQuery({ pipeline, metrics, secondStages, hints }: Query): string {
  const series = metrics ? ` | ${printMetricsStage(metrics)}` : '';
  const second = secondStages.map(printSecondStage).join('');
  const pairs = hints.map(({ name, value }) => `${name}=${printStatic(value)}`);
  return (
    printPipeline(pipeline) +
    series +
    second +
    (pairs.length > 0 ? ` with(${pairs.join(', ')})` : '')
  );
}
