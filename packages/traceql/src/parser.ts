/** From the text of a query to its syntax tree; nothing is checked but the grammar (SPEC G1). */
import type { Field } from './ast/field-expression.ts';
import type { Pipeline, PipelineStage } from './ast/pipeline.ts';
import type { Query } from './ast/query.ts';
import { tokenize } from './lexer.ts';
import { MAX_EXPRESSION_DEPTH } from './limits.ts';
import { parseFieldIf, parseLiteral } from './parser/parse-field.ts';
import {
  parseHints,
  parseMetrics,
  parseSecondStages,
  seesMetrics,
} from './parser/parse-metrics.ts';
import { parseStage, parseStart, stageOf } from './parser/parse-pipeline.ts';
import { TokenCursor, tooDeep } from './parser/token-cursor.ts';
import { END } from './token.ts';
import { TraceQlError } from './traceql-error.ts';

/** Parses a whole query. Throws a `syntax` error, or `too_large` when it is nested too deeply. */
export function parseSyntax(text: string): Query {
  const cursor = new TokenCursor(tokenize(text));
  const query = { ...parseStages(cursor), hints: parseHints(cursor) };
  if (!cursor.sees(END)) cursor.fail(['with']);
  if (exceedsDepth(query, MAX_EXPRESSION_DEPTH)) throw tooDeep();
  return query;
}

/** Parses an attribute or intrinsic that stands alone, in braces as Tempo does it. */
export function parseFieldSyntax(text: string): Field {
  const cursor = new TokenCursor(tokenize(`{${text}}`));
  cursor.expect(['{']);
  const field = parseFieldIf(cursor);
  if (!field) {
    // As in an expression, an unknown word is named as such.
    parseLiteral(cursor);
    throw new TraceQlError('syntax', 'expected an attribute or an intrinsic');
  }
  cursor.expect(['}'], []);
  if (!cursor.sees(END)) cursor.fail(['with']);
  return field;
}

function parseStages(cursor: TokenCursor): Omit<Query, 'hints'> {
  const start = parseStart(cursor);
  if (start.kind === 'wrapped') return { pipeline: asPipeline(start.expression), secondStages: [] };
  const stages = [stageOf(cursor, start)];
  const pipeline: Pipeline = { kind: 'pipeline', stages };
  while (cursor.takeIf('|')) {
    if (seesMetrics(cursor)) {
      const metrics = parseMetrics(cursor);
      return { pipeline, metrics, secondStages: parseSecondStages(cursor) };
    }
    stages.push(parseStage(cursor));
  }
  return { pipeline, secondStages: [] };
}

function asPipeline(stage: PipelineStage): Pipeline {
  return stage.kind === 'pipeline' ? stage : { kind: 'pipeline', stages: [stage] };
}

/** Whether the tree is deeper than `limit`; chains of operators are deep without any parenthesis. */
function exceedsDepth(root: object, limit: number): boolean {
  let level: object[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limit) return true;
    level = level.flatMap((node) =>
      Object.values(node).filter((child) => typeof child === 'object' && child !== null),
    );
  }
  return false;
}
