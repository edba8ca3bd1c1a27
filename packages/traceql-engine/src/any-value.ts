/** Values of the language as OTLP values, the form they have in answers. */
import { create } from '@bufbuild/protobuf';
import { common } from '@tempo-ts/contracts';
import { formatDurationNanos, type Static } from '@tempo-ts/traceql';
import { arrayElements } from './static-values.ts';

/** Durations, statuses and kinds become strings, nil the string `nil`. */
export function toAnyValue(value: Static): common.AnyValue {
  return create(common.AnyValueSchema, { value: valueCase(value) });
}

type ValueCase = NonNullable<Parameters<typeof create<typeof common.AnyValueSchema>>[1]>['value'];

function valueCase(value: Static): NonNullable<ValueCase> {
  switch (value.type) {
    case 'nil':
      return { case: 'stringValue', value: 'nil' };
    case 'int':
      return { case: 'intValue', value: value.value };
    case 'float':
      return { case: 'doubleValue', value: value.value };
    case 'bool':
      return { case: 'boolValue', value: value.value };
    case 'duration':
      return { case: 'stringValue', value: formatDurationNanos(value.value) };
    case 'string':
    case 'status':
    case 'kind':
      return { case: 'stringValue', value: value.value };
    default:
      return {
        case: 'arrayValue',
        value: { values: arrayElements(value).map((element) => toAnyValue(element)) },
      };
  }
}

/** A key with a value. */
export function keyValue(key: string, value: Static): common.KeyValue {
  return create(common.KeyValueSchema, { key, value: toAnyValue(value) });
}
