/** An attribute value as text for logs and labels. */
import { toJsonString } from '@bufbuild/protobuf';
import { common } from '@tempo-ts/contracts';

/** Strings, numbers and booleans as they are written; others as protobuf JSON; empty for no value. */
export function attributeText(value: common.AnyValue | undefined): string {
  switch (value?.value.case) {
    case undefined:
      return '';
    case 'stringValue':
      return value.value.value;
    case 'boolValue':
    case 'intValue':
    case 'doubleValue':
      return String(value.value.value);
    case 'arrayValue':
    case 'kvlistValue':
    case 'bytesValue':
      return toJsonString(common.AnyValueSchema, value);
  }
}
