/**
 * Generates query texts over the names and values that generated traces have, so that a good part of
 * them finds something. Not all are valid: parse them and leave out the rest.
 */
import fc from 'fast-check';

const NAMES = [
  'a',
  'b',
  'http.method',
  'http.url',
  'http.status_code',
  'ключ',
  'service.name',
  'namespace',
];
const SCOPES = ['.', 'span.', 'resource.', 'event.', 'link.', 'instrumentation.'];
const TEXTS = ['', 'GET', 'shop', 'payment', 'child_of', '200', '日本語', 'exception', 'http'];
const PATTERNS = [
  '',
  '.*',
  'G.*',
  '.*o.*',
  'GET|shop',
  '(?i)get',
  '[a-z_]+',
  '2.0',
  '\\\\d+',
  '.+',
  '日.*',
];
const NUMBERS = [
  '0',
  '1',
  '-1',
  '200',
  '404',
  '2',
  '1.5',
  '-2.25',
  '0.0',
  '9007199254740993',
  'maxInt',
];
const TEXT_INTRINSICS = [
  'name',
  'statusMessage',
  'rootName',
  'rootServiceName',
  'span:id',
  'span:parentID',
  'trace:id',
  'event:name',
  'link:traceID',
  'link:spanID',
  'instrumentation:name',
  'instrumentation:version',
];
const NUMBER_INTRINSICS = [
  'duration',
  'traceDuration',
  'event:timeSinceStart',
  'nestedSetLeft',
  'nestedSetRight',
  'nestedSetParent',
  'span:childCount',
];
const STRUCTURAL = ['>', '>>', '<', '<<', '~'].flatMap((op) => [op, `!${op}`, `&${op}`]);

const from = (values: readonly string[]) => fc.constantFrom(...values);
const quoted = (text: string) => `"${text}"`;
const joined = (...parts: readonly fc.Arbitrary<string>[]) =>
  fc.tuple(...parts).map((texts) => texts.join(' '));

const attribute = fc.tuple(from(SCOPES), from(NAMES)).map(([scope, name]) => scope + name);
const duration = from(['0s', '1ns', '500ms', '1s', '2s', '1h']);
const textLiteral = from(TEXTS).map(quoted);
const idLiteral = fc
  .tuple(fc.constantFrom(16, 32, 1), fc.integer({ min: 0, max: 12 }))
  .map(([length, last]) => quoted(last.toString(16).padStart(length, '0')));
const order = from(['=', '!=', '<', '<=', '>', '>=']);
const equality = from(['=', '!=']);
const match = from(['=~', '!~']);
const literal = fc.oneof(textLiteral, from(NUMBERS), duration, from(['true', 'false']));
const numberOperand = fc.oneof(
  { weight: 3, arbitrary: attribute },
  { weight: 2, arbitrary: from(NUMBER_INTRINSICS) },
  { weight: 1, arbitrary: from(NUMBERS) },
  { weight: 1, arbitrary: duration },
);
const arithmetic = fc.oneof(
  joined(numberOperand, from(['+', '-', '*', '%', '/', '^']), numberOperand),
  numberOperand.map((operand) => `-(${operand})`),
);

/** A comparison, existence test or bare attribute. */
const condition: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: joined(attribute, order, literal) },
  { weight: 1, arbitrary: joined(literal, order, attribute) },
  { weight: 2, arbitrary: joined(attribute, match, from(PATTERNS).map(quoted)) },
  { weight: 2, arbitrary: joined(attribute, equality, fc.constant('nil')) },
  { weight: 1, arbitrary: attribute },
  {
    weight: 2,
    arbitrary: joined(from(TEXT_INTRINSICS), equality, fc.oneof(textLiteral, idLiteral)),
  },
  { weight: 1, arbitrary: joined(from(TEXT_INTRINSICS), match, from(PATTERNS).map(quoted)) },
  { weight: 1, arbitrary: joined(from(TEXT_INTRINSICS.slice(0, 4)), order, textLiteral) },
  {
    weight: 2,
    arbitrary: joined(from(NUMBER_INTRINSICS), order, fc.oneof(from(NUMBERS), duration)),
  },
  { weight: 2, arbitrary: joined(fc.constant('status'), equality, from(['ok', 'error', 'unset'])) },
  {
    weight: 2,
    arbitrary: joined(fc.constant('kind'), equality, from(['server', 'client', 'internal'])),
  },
  { weight: 1, arbitrary: joined(attribute, order, attribute) },
  { weight: 1, arbitrary: joined(attribute, order, from(TEXT_INTRINSICS)) },
  { weight: 1, arbitrary: joined(arithmetic, order, fc.oneof(numberOperand, arithmetic)) },
  { weight: 1, arbitrary: from(['true', 'false']) },
);

/** What stands in `{ }`. */
const filterBody: fc.Arbitrary<string> = fc.letrec<{ body: string }>((tie) => ({
  body: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    condition,
    fc.tuple(tie('body'), from(['&&', '||', '&&']), tie('body')).map((texts) => texts.join(' ')),
    fc.tuple(tie('body'), from(['&&', '||']), tie('body')).map((texts) => `(${texts.join(' ')})`),
    tie('body').map((body) => `!(${body})`),
    fc
      .tuple(tie('body'), equality, from(['true', 'false']))
      .map(([body, op, value]) => `(${body}) ${op} ${value}`),
  ),
})).body;

const filter = fc.oneof(
  { weight: 6, arbitrary: filterBody.map((body) => `{ ${body} }`) },
  { weight: 1, arbitrary: fc.constant('{ }') },
);

const spanset: fc.Arbitrary<string> = fc.letrec<{ set: string }>((tie) => ({
  set: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    { weight: 2, arbitrary: filter },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie('set'), from(['&&', '||', ...STRUCTURAL]), tie('set'))
        .map(([left, op, right]) => `(${left} ${op} ${right})`),
    },
  ),
})).set;

const expression = fc.oneof(
  attribute,
  from([...NUMBER_INTRINSICS, ...TEXT_INTRINSICS, 'status', 'kind']),
  arithmetic,
  condition,
);
const aggregate = fc.oneof(
  fc.constant('count()'),
  fc
    .tuple(
      from(['min', 'max', 'avg', 'sum']),
      fc.oneof(attribute, from(NUMBER_INTRINSICS), arithmetic),
    )
    .map(([name, operand]) => `${name}(${operand})`),
);
const stage: fc.Arbitrary<string> = fc.oneof(
  { weight: 2, arbitrary: spanset },
  {
    weight: 2,
    arbitrary: joined(aggregate, order, fc.oneof(from(NUMBERS.slice(0, -1)), duration)),
  },
  { weight: 2, arbitrary: expression.map((by) => `by(${by})`) },
  { weight: 1, arbitrary: fc.constant('coalesce()') },
  {
    weight: 1,
    arbitrary: fc.oneof(attribute, from(TEXT_INTRINSICS)).map((field) => `select(${field})`),
  },
);
const pipeline = fc
  .tuple(spanset, fc.array(stage, { maxLength: 3 }))
  .map(([first, rest]) => [first, ...rest].join(' | '));

/** The text of a search. */
export function arbitraryQueryText(): fc.Arbitrary<string> {
  const wrapped = fc
    .tuple(pipeline, from(['&&', '||', ...STRUCTURAL]), pipeline)
    .map(([left, op, right]) => `(${left}) ${op} (${right})`);
  return fc.oneof(
    { weight: 3, arbitrary: filter },
    { weight: 2, arbitrary: spanset },
    { weight: 4, arbitrary: pipeline },
    { weight: 1, arbitrary: wrapped },
  );
}
