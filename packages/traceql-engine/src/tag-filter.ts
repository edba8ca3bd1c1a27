/**
 * The filter `q` of tag names and values: a best effort to narrow them down while a query is being
 * typed, never an error for a query that is not finished (spec §12).
 */
import { QueryError } from '@tempo-ts/ports';
import type { BatchColumn, SpanBatch } from '@tempo-ts/span-batch';
import {
  parseQuery,
  printField,
  TraceQlError,
  type Field,
  type FieldExpression,
  type PipelineStage,
  type Static,
} from '@tempo-ts/traceql';
import type { BatchView } from './batch-view.ts';
import { conditionOf, isField } from './condition.ts';
import { conditionTree } from './condition-tree.ts';
import { evaluateFilter } from './evaluate-field.ts';
import { candidatesOf, columnsOfField } from './fetch-conditions.ts';

/** More groups than this are refused. */
const MAX_GROUPS = 100;

/** Conditions that must hold on one span. */
type Group = readonly FieldExpression[];

export interface TagFilter {
  readonly columns: readonly BatchColumn[];
  /** Literals that the filter asks the requested field to equal: they are values without a look at data. */
  readonly literals: readonly Static[];
  /** Nothing but those literals can be found. */
  readonly isDecided: boolean;
  /** The spans that meet one of the groups. */
  spans(view: BatchView): Uint8Array;
  readonly candidates: ((batch: SpanBatch) => Uint8Array) | undefined;
}

/**
 * The filter of `text` for the values of `requested`, or for names; undefined when the text filters
 * nothing.
 *
 * @throws QueryError `invalid` when the alternatives of the filter are too many.
 */
export function parseTagFilter(text: string, requested?: Field): TagFilter | undefined {
  const expression = filterExpression(text);
  const groups = expression && groupsOf(expression);
  if (!groups || groups.some((group) => group.length === 0)) return undefined;
  if (groups.flat().some((condition) => hasUnscoped(condition))) return undefined;
  const literals: Static[] = [];
  const open: Group[] = [];
  for (const group of groups) {
    const literal = requested && equalLiteral(group, requested);
    if (literal) literals.push(literal);
    else open.push(group);
  }
  const tree = conditionTree(anyOf(open));
  return {
    columns: open.flat().flatMap((condition) => columnsOfField(fieldOf(condition))),
    literals,
    isDecided: open.length === 0,
    spans: (view) => evaluateFilter(view, tree, new Uint8Array(view.spanCount).fill(1)),
    candidates: candidatesOf([{ kind: 'filter', condition: tree }]),
  };
}

/** The expression of the first stage, when that is a filter. */
function filterExpression(text: string): FieldExpression | undefined {
  if (text.trim() === '') return undefined;
  const query = tryParse(text) ?? tryParse(repairQuery(text));
  let stage: PipelineStage | undefined = query?.pipeline.stages[0];
  while (stage?.kind === 'pipeline') stage = stage.stages[0];
  return stage?.kind === 'spanset-filter' ? stage.expression : undefined;
}

function tryParse(text: string) {
  try {
    return parseQuery(text);
  } catch (error) {
    if (error instanceof TraceQlError) return undefined;
    throw error;
  }
}

/**
 * What is left of an unfinished filter without its unfinished parts: comparisons without a value,
 * operators without a right side, empty and open parentheses.
 */
export function repairQuery(text: string): string {
  const tokens = filterTokens(text);
  const kept: string[] = [];
  for (let i = 0; i < tokens.length; i += 1) {
    const next = tokens[i + 1];
    if (isComparisonToken(tokens[i]!) && (next === undefined || isBoundary(next))) kept.pop();
    else if (tokens[i] !== '{' && tokens[i] !== '}') kept.push(tokens[i]!);
  }
  for (let changed = true; changed;) changed = dropDangling(kept);
  const open = kept.filter((token) => token === '(').length;
  const closed = kept.filter((token) => token === ')').length;
  return `{ ${kept.join(' ')}${' )'.repeat(Math.max(0, open - closed))} }`;
}

/** Up to the first pipe: strings, attribute names with quoted parts, operators, words. */
function filterTokens(text: string): string[] {
  const tokens =
    /"(?:\\.|[^"\\])*"?|`[^`]*`?|&&|\|\||[=!<>]=?~?|[(){}|]|(?:"(?:\\.|[^"\\])*"|[^\s"`(){}=!<>&|,^~])+/g;
  const found: string[] = text.match(tokens) ?? [];
  const pipe = found.indexOf('|');
  return pipe < 0 ? found : found.slice(0, pipe);
}

function isComparisonToken(token: string): boolean {
  return /^(?:=~?|!=|!~|[<>]=?)$/.test(token);
}

function isBoundary(token: string): boolean {
  return ['&&', '||', ')', '}'].includes(token);
}

/** Removes one thing that cannot stay; false when there is none. */
function dropDangling(tokens: string[]): boolean {
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i]!;
    const next = tokens[i + 1];
    if (token === '(' && next === ')') {
      tokens.splice(i, 2);
      return true;
    }
    if (token !== '&&' && token !== '||') continue;
    const before = tokens[i - 1];
    const isDangling =
      before === undefined || before === '(' || next === undefined || isBoundary(next);
    if (!isDangling) continue;
    tokens.splice(i, 1);
    return true;
  }
  return false;
}

/** The expression as alternatives of conjunctions; a conjunction without a usable part is empty. */
function groupsOf(expression: FieldExpression): readonly Group[] {
  switch (expression.kind) {
    case 'unary':
      // A negation is not looked at: the filter narrows by what is mentioned.
      return expression.operator === '!' ? groupsOf(expression.operand) : [[]];
    case 'existence':
      return isField(expression.operand) ? [[expression]] : [[]];
    case 'binary': {
      if (expression.operator === '||')
        return bounded([...groupsOf(expression.left), ...groupsOf(expression.right)]);
      if (expression.operator === '&&') {
        const right = groupsOf(expression.right);
        return bounded(
          groupsOf(expression.left).flatMap((left) => right.map((group) => [...left, ...group])),
        );
      }
      return conditionOf(expression) ? [[expression]] : [[]];
    }
    default:
      return [[]];
  }
}

function bounded(groups: readonly Group[]): readonly Group[] {
  if (groups.length > MAX_GROUPS)
    throw new QueryError(
      'invalid',
      `filter of ${groups.length} alternatives exceeds the limit of ${MAX_GROUPS}`,
    );
  return groups;
}

/** The field of a usable condition. */
function fieldOf(condition: FieldExpression): Field {
  const field =
    condition.kind === 'existence'
      ? condition.operand
      : (conditionOf(condition)?.field ?? condition);
  if (!isField(field)) throw new TypeError('a condition without a field');
  return field;
}

function hasUnscoped(condition: FieldExpression): boolean {
  const field = fieldOf(condition);
  return field.kind === 'attribute' && field.scope === 'none';
}

function equalLiteral(group: Group, requested: Field): Static | undefined {
  for (const expression of group) {
    const condition = conditionOf(expression);
    if (condition?.operator === '=' && printField(condition.field) === printField(requested))
      return condition.literal;
  }
  return undefined;
}

function anyOf(groups: readonly Group[]): FieldExpression {
  const alternatives = groups.map((group) =>
    group.reduce((left, right) => ({ kind: 'binary', operator: '&&', left, right })),
  );
  return alternatives.reduce<FieldExpression>(
    (left, right) => ({ kind: 'binary', operator: '||', left, right }),
    { kind: 'literal', value: { type: 'bool', value: false } },
  );
}
