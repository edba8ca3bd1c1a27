/** What the lexer makes of a query text. */
import type { AttributeScope } from './ast/field-expression.ts';
import type { Position } from './traceql-error.ts';

/**
 * A token as error messages call it: the text itself for keywords, operators and prefixes
 * (`{`, `count`, `span.`, `event:`), else the name of its class.
 */
export type TokenSymbol = string;

export const STRING = 'STRING';
export const INTEGER = 'INTEGER';
export const FLOAT = 'FLOAT';
export const DURATION = 'DURATION';
/** A word that is no keyword, a character that starts no token, or the name of an attribute. */
export const IDENTIFIER = 'IDENTIFIER';
/** Stands where an attribute prefix is followed by no name. */
export const END_ATTRIBUTE = 'END_ATTRIBUTE';
export const END = '$end';
/** The text could not be read on; `text` is the reason. Always the last token. */
export const LEXICAL_ERROR = '$error';

export interface Token extends Position {
  readonly symbol: TokenSymbol;
  /** Of strings and names the content, of numbers the digits, of errors the reason, else the source. */
  readonly text: string;
  /** Of integers the value, of durations the nanoseconds. */
  readonly integer?: bigint;
}

/** Words with a meaning of their own; none of them can name a hint. */
export const KEYWORDS: ReadonlySet<string> = new Set(
  `true false nil ok error unset
   unspecified internal server client producer consumer
   duration name status statusMessage kind childCount rootName rootServiceName rootService
   traceDuration nestedSetLeft nestedSetRight nestedSetParent id traceID spanID parentID
   timeSinceStart version parent
   count avg max min sum by coalesce select
   rate count_over_time min_over_time max_over_time avg_over_time sum_over_time
   quantile_over_time histogram_over_time compare topk bottomk with`.split(/\s+/),
);

/** Operators and brackets, longest first. */
export const OPERATORS: readonly string[] = [
  '!>>',
  '!<<',
  '&>>',
  '&<<',
  '!=',
  '=~',
  '!~',
  '>=',
  '<=',
  '&&',
  '||',
  '>>',
  '<<',
  '!>',
  '!<',
  '&>',
  '&<',
  '&~',
  '=',
  '>',
  '<',
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '!',
  '|',
  '~',
  '{',
  '}',
  '(',
  ')',
  ',',
].toSorted((a, b) => b.length - a.length);

/** What stands before an attribute's name, and where that attribute is looked for. */
export const ATTRIBUTE_PREFIXES: ReadonlyMap<
  string,
  { readonly scope: AttributeScope; readonly parent: boolean }
> = new Map([
  ['parent.resource.', { scope: 'resource', parent: true }],
  ['parent.span.', { scope: 'span', parent: true }],
  ['instrumentation.', { scope: 'instrumentation', parent: false }],
  ['resource.', { scope: 'resource', parent: false }],
  ['parent.', { scope: 'none', parent: true }],
  ['event.', { scope: 'event', parent: false }],
  ['link.', { scope: 'link', parent: false }],
  ['span.', { scope: 'span', parent: false }],
  ['.', { scope: 'none', parent: false }],
]);

/** What stands before the name of a scoped intrinsic. */
export const INTRINSIC_SCOPES: readonly string[] = [
  'span:',
  'trace:',
  'event:',
  'link:',
  'instrumentation:',
];
