/** Attributes, intrinsics and literals (SPEC F1 to F4). */
import type { AttributeScope, Field, Intrinsic, IntrinsicName } from '../ast/field-expression.ts';
import type { KindName, Static, StatusName } from '../ast/static.ts';
import {
  ATTRIBUTE_PREFIXES,
  DURATION,
  FLOAT,
  IDENTIFIER,
  INTEGER,
  STRING,
  type Token,
} from '../token.ts';
import { syntaxError } from '../traceql-error.ts';
import type { TokenCursor } from './token-cursor.ts';

const BARE_INTRINSICS: ReadonlySet<string> = new Set<IntrinsicName>([
  'duration',
  'name',
  'status',
  'statusMessage',
  'kind',
  'rootName',
  'rootServiceName',
  'traceDuration',
  'nestedSetLeft',
  'nestedSetRight',
  'nestedSetParent',
  'parent',
]);
/** By scope: the word behind it, and the intrinsic it means. */
const SCOPED_INTRINSICS: Readonly<Record<string, ReadonlyMap<string, IntrinsicName>>> = {
  'span:': new Map<string, IntrinsicName>([
    ['duration', 'duration'],
    ['name', 'name'],
    ['status', 'status'],
    ['statusMessage', 'statusMessage'],
    ['kind', 'kind'],
    ['id', 'span:id'],
    ['parentID', 'span:parentID'],
    ['childCount', 'span:childCount'],
  ]),
  'trace:': new Map<string, IntrinsicName>([
    ['duration', 'traceDuration'],
    ['rootName', 'rootName'],
    ['rootService', 'rootServiceName'],
    ['id', 'trace:id'],
  ]),
  'event:': new Map<string, IntrinsicName>([
    ['name', 'event:name'],
    ['timeSinceStart', 'event:timeSinceStart'],
  ]),
  'link:': new Map<string, IntrinsicName>([
    ['traceID', 'link:traceID'],
    ['spanID', 'link:spanID'],
  ]),
  'instrumentation:': new Map<string, IntrinsicName>([
    ['name', 'instrumentation:name'],
    ['version', 'instrumentation:version'],
  ]),
};
/** Tempo names at most this many expected tokens, else none. */
const MAX_LISTED = 4;

const STATUS_NAMES: ReadonlySet<string> = new Set<StatusName>(['ok', 'error', 'unset']);
const KIND_NAMES: ReadonlySet<string> = new Set<KindName>([
  'unspecified',
  'internal',
  'server',
  'client',
  'producer',
  'consumer',
]);
/** Words with a fixed meaning that are no keywords. */
const NAMED_INTEGERS: ReadonlyMap<string, bigint> = new Map([
  ['minInt', -(2n ** 63n)],
  ['maxInt', 2n ** 63n - 1n],
]);

/** The attribute or intrinsic that comes next, or undefined when something else does. */
export function parseFieldIf(cursor: TokenCursor): Field | undefined {
  const { symbol } = cursor.next;
  const prefix = ATTRIBUTE_PREFIXES.get(symbol);
  if (prefix) {
    cursor.take();
    return attribute(prefix.scope, prefix.parent, cursor.expect([IDENTIFIER]).text);
  }
  const scoped = SCOPED_INTRINSICS[symbol];
  if (scoped) {
    cursor.take();
    return scopedIntrinsic(cursor, scoped);
  }
  if (!BARE_INTRINSICS.has(symbol)) return undefined;
  cursor.take();
  return intrinsic(symbol as IntrinsicName);
}

/** The attribute or intrinsic that must come next. */
export function parseField(cursor: TokenCursor): Field {
  return parseFieldIf(cursor) ?? cursor.fail();
}

function attribute(scope: AttributeScope, parent: boolean, name: string): Field {
  return { kind: 'attribute', scope, parent, name };
}

function intrinsic(name: IntrinsicName): Intrinsic {
  return { kind: 'intrinsic', name };
}

function scopedIntrinsic(
  cursor: TokenCursor,
  names: ReadonlyMap<string, IntrinsicName>,
): Intrinsic {
  const words = [...names.keys()];
  const word = cursor.expect(words, words.length > MAX_LISTED ? [] : words);
  return intrinsic(names.get(word.symbol)!);
}

/** The literal that comes next, or undefined when something else does. `nil` is none. */
export function parseLiteralIf(cursor: TokenCursor): Static | undefined {
  const value = literalOf(cursor.next);
  if (value) cursor.take();
  return value;
}

/** The literal that must come next. */
export function parseLiteral(cursor: TokenCursor): Static {
  return parseLiteralIf(cursor) ?? cursor.fail();
}

function literalOf(token: Token): Static | undefined {
  const { symbol, text } = token;
  switch (symbol) {
    case STRING:
      return { type: 'string', value: text };
    case 'true':
    case 'false':
      return { type: 'bool', value: symbol === 'true' };
    case IDENTIFIER: {
      const value = NAMED_INTEGERS.get(text);
      if (value === undefined) throw syntaxError(token, `unknown identifier: ${text}`);
      return { type: 'int', value };
    }
  }
  if (STATUS_NAMES.has(symbol)) return { type: 'status', value: symbol as StatusName };
  if (KIND_NAMES.has(symbol)) return { type: 'kind', value: symbol as KindName };
  return numberOfToken(token);
}

/** The value of a number or duration token. */
export function numberOfToken({ symbol, text, integer }: Token): Static | undefined {
  if (symbol === INTEGER) return { type: 'int', value: integer! };
  if (symbol === DURATION) return { type: 'duration', value: integer! };
  return symbol === FLOAT ? { type: 'float', value: Number(text) } : undefined;
}
