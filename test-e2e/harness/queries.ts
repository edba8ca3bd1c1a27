/** Questions to a running process over its public HTTP API. */

/** An HTTP answer, body read. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  /** The parsed body when it is JSON. */
  readonly json: unknown;
}

export async function get(
  url: string,
  params: Readonly<Record<string, string | number>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const target = new URL(url);
  for (const [key, value] of Object.entries(params)) target.searchParams.set(key, String(value));
  const response = await fetch(target, { headers });
  const text = await response.text();
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    text,
    json: parseJson(text),
  };
}

interface SpanJson {
  readonly spanId: string;
  readonly name: string;
}
interface TraceJson {
  readonly batches?: { readonly scopeSpans?: { readonly spans?: SpanJson[] }[] }[];
}

/** Hex ids of the spans of a trace, in order; undefined when the trace is not found. */
export async function spanIdsOf(url: string, traceId: string): Promise<string[] | undefined> {
  const answer = await get(`${url}/api/traces/${traceId}`);
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw new Error(`trace ${traceId}: ${answer.status} ${answer.text}`);
  return ((answer.json as TraceJson).batches ?? [])
    .flatMap((batch) => batch.scopeSpans ?? [])
    .flatMap((scope) => scope.spans ?? [])
    .map((span) => Buffer.from(span.spanId, 'base64').toString('hex'))
    .toSorted();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
