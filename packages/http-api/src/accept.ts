/** Which encoding a client wants, by its Accept header. */

/** Protobuf, JSON as jsonpb writes it, or the compact JSON for language models. */
export type AnswerFormat = 'protobuf' | 'json' | 'llm';

const FORMATS: readonly (readonly [part: string, format: AnswerFormat])[] = [
  ['application/protobuf', 'protobuf'],
  ['application/json', 'json'],
  ['application/vnd.grafana.llm', 'llm'],
];

/** The first of the three that the header mentions; JSON when it mentions none. */
export function acceptedFormat(header: string | undefined): AnswerFormat {
  return FORMATS.find(([part]) => header?.includes(part))?.[1] ?? 'json';
}

/** The Content-Type of an answer. */
export const CONTENT_TYPES: Readonly<Record<AnswerFormat, string>> = {
  protobuf: 'application/protobuf',
  json: 'application/json',
  llm: 'application/vnd.grafana.llm+json',
};
