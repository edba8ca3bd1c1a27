/** How many spans a serialized Trace or export request holds, from its outer two levels alone. */
import { knownFields, WireReader } from './wire-reader.ts';

/** Wire form of field 1 and 2 holding a message. */
const FIELD_1 = 0x0a;
const FIELD_2 = 0x12;

const KNOWN_1 = knownFields(1);
const KNOWN_2 = knownFields(2);

/**
 * Counts spans without looking into them, resources or scopes.
 *
 * @throws InvalidOtlpError when the outer levels are malformed.
 */
export function countSpans(bytes: Uint8Array): number {
  const reader = new WireReader();
  reader.reset(bytes, 'TracesData');
  let count = 0;
  while (reader.position < reader.limit) {
    const tag = reader.readTag();
    if (tag === FIELD_1) count += countInResourceSpans(reader);
    else reader.skipUnknown(tag, KNOWN_1);
  }
  return count;
}

function countInResourceSpans(reader: WireReader): number {
  const outer = reader.enter('ResourceSpans');
  let count = 0;
  while (reader.position < reader.limit) {
    const tag = reader.readTag();
    if (tag === FIELD_2) count += countInScopeSpans(reader);
    else reader.skipUnknown(tag, KNOWN_2);
  }
  reader.leave(outer, 'TracesData');
  return count;
}

function countInScopeSpans(reader: WireReader): number {
  const outer = reader.enter('ScopeSpans');
  let count = 0;
  while (reader.position < reader.limit) {
    const tag = reader.readTag();
    if (tag === FIELD_2) {
      count += 1;
      reader.skip(tag);
    } else reader.skipUnknown(tag, KNOWN_2);
  }
  reader.leave(outer, 'ResourceSpans');
  return count;
}
