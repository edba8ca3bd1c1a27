/** Every query that was put to real Tempo servers: what they refused, we refuse with their words. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseQuery } from './parse-query.ts';

interface Example {
  readonly id: string;
  readonly query: string;
  readonly expect: { readonly status: number; readonly error?: string };
}

const file = join(import.meta.dirname, '../test/traceql-examples.json');
const { examples } = JSON.parse(readFileSync(file, 'utf8')) as { examples: readonly Example[] };
/** Known only once the endpoint is: a query without metrics function. */
const BY_ENDPOINT = 'not a metrics query';

describe('queries recorded from Tempo', () => {
  it.each(examples.map((example) => [example.id, example.query, example] as const))(
    'E1: %s %s',
    (_id, query, { expect: { status, error } }) => {
      let message: string | undefined;
      try {
        parseQuery(query);
      } catch (refusal) {
        message = (refusal as Error).message;
      }
      const refused = status === 400 && error !== BY_ENDPOINT;
      const prefix = /^(invalid TraceQL query|compiling query): /;
      expect(message).toBe(refused ? error!.replace(prefix, '') : undefined);
    },
  );
});
