/** Generates texts of metrics queries over the names that generated traces have. Not all are valid. */
import fc from 'fast-check';
import { arbitraryQueryText } from './arbitrary-query.ts';

const FIELDS = [
  'name',
  'status',
  'kind',
  'duration',
  'rootName',
  'trace:id',
  'traceDuration',
  'nestedSetLeft',
  'span:childCount',
  'event:name',
  'event:timeSinceStart',
  'link:spanID',
  'instrumentation:name',
  'resource.service.name',
  'resource.namespace',
  'resource.a',
  'span.a',
  'span.b',
  'span.http.method',
  'span.http.status_code',
  'instrumentation.a',
  'event.a',
  'link.a',
  '.a',
  '.b',
  '.service.name',
  '.http.status_code',
] as const;

const field = fc.constantFrom(...FIELDS);
const by = fc
  .array(field, { maxLength: 3 })
  .map((fields) => (fields.length > 0 ? ` by (${fields.join(', ')})` : ''));
const quantiles = fc
  .array(fc.constantFrom('0', '.25', '.5', '.9', '1'), { minLength: 1, maxLength: 3 })
  .map((list) => list.join(', '));

const series = fc.oneof(
  fc.constantFrom('rate()', 'count_over_time()'),
  fc
    .tuple(
      fc.constantFrom('min', 'max', 'sum', 'avg', 'histogram'),
      fc.oneof(fc.constant('duration'), field),
    )
    .map(([name, of]) => `${name}_over_time(${of})`),
  fc
    .tuple(fc.oneof(fc.constant('duration'), field), quantiles)
    .map(([of, list]) => `quantile_over_time(${of}, ${list})`),
);

const second = fc.oneof(
  fc
    .tuple(fc.constantFrom('topk', 'bottomk'), fc.integer({ min: 1, max: 3 }))
    .map(([name, limit]) => ` | ${name}(${limit})`),
  fc
    .tuple(
      fc.constantFrom('>', '>=', '<', '<=', '=', '!='),
      fc.constantFrom('0', '1', '-1', '1.5', '200', '500ms'),
    )
    .map(([operator, value]) => ` ${operator} ${value}`),
);

const compare = fc
  .tuple(
    fc.constantFrom('{ status = error }', '{ kind = server }', '{ span.a != nil }', '{ }'),
    fc.integer({ min: 1, max: 4 }),
  )
  .map(([selection, topN]) => `compare(${selection}, ${topN})`);

/** The text of a metrics query: a pipeline, a function, what may follow. */
export function arbitraryMetricsQueryText(): fc.Arbitrary<string> {
  const pipeline = fc.oneof(
    { weight: 1, arbitrary: fc.constant('{ }') },
    { weight: 2, arbitrary: arbitraryQueryText() },
  );
  const stage = fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(series, by, fc.array(second, { maxLength: 2 }))
        .map(([name, groups, rest]) => name + groups + rest.join('')),
    },
    { weight: 1, arbitrary: compare },
  );
  return fc.tuple(pipeline, stage).map(([first, last]) => `${first} | ${last}`);
}
