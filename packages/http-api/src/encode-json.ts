/**
 * Messages as Go's jsonpb writes them: zero values left out, 64-bit integers as strings, bytes as
 * base64, `<`, `>` and `&` escaped.
 */
import { toJson, type DescMessage, type JsonObject, type MessageShape } from '@bufbuild/protobuf';

/** The JSON object of a message. */
export function messageToJson<S extends DescMessage>(
  schema: S,
  message: MessageShape<S>,
): JsonObject {
  return toJson(schema, message) as JsonObject;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '<': String.raw`\u003c`,
  '>': String.raw`\u003e`,
  '&': String.raw`\u0026`,
  '\u2028': String.raw`\u2028`,
  '\u2029': String.raw`\u2029`,
};

/** JSON text in which no character has a meaning in HTML, as Go writes it. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[<>&\u2028\u2029]/g, (char) => ESCAPES[char]!);
}
