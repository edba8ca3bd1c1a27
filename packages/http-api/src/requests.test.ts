/** Trace lookups, tags and metrics: what is read and what is refused. */
import { describe, expect, it } from '@jest/globals';
import { acceptedFormat } from './accept.ts';
import { parseMetricsQuery } from './metrics-request.ts';
import {
  checkTagIdentifier,
  parseSearchTagsRequest,
  parseSearchTagValuesRequest,
} from './tags-request.ts';
import { parseTraceByIdRequest } from './trace-by-id-request.ts';

const none = new URLSearchParams();

describe('parseTraceByIdRequest', () => {
  it('pads short ids and reads the rest', () => {
    const parameters = new URLSearchParams(
      'start=1&end=2&mode=blocks&blockStart=00000000-0000-0000-0000-0000000000AA',
    );
    const request = parseTraceByIdRequest('c3', parameters);
    expect({ ...request, traceId: Buffer.from(request.traceId).toString('hex') }).toEqual({
      traceId: '000000000000000000000000000000c3',
      range: { start: 1, end: 2 },
      mode: 'blocks',
      blockStart: '00000000-0000-0000-0000-0000000000aa',
      blockEnd: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
    });
  });

  it.each([
    ['xyz', '', "trace IDs can only contain hex characters: invalid character 'x' at position 1"],
    ['0123456789abcdef0123456789abcdef00', '', "trace IDs can't be larger than 128 bits"],
    ['aa', 'start=5&end=2', 'http parameter start must be before end. received start=5 end=2'],
    ['aa', 'start=a', 'invalid start: strconv.ParseInt: parsing "a": invalid syntax'],
    ['aa', 'mode=x', 'invalid value for mode x'],
    ['aa', 'blockEnd=1', 'invalid value for blockEnd 1'],
  ])('%s?%s is refused with: %s', (id, query, message) =>
    expect(() => parseTraceByIdRequest(id, new URLSearchParams(query))).toThrow(message),
  );
});

describe('tags', () => {
  it('reads names and their limits', () =>
    expect(
      parseSearchTagsRequest(new URLSearchParams('scope=span&q={}&limit=2&maxStaleValues=5')),
    ).toMatchObject({ scope: 'span', query: '{}', maxTagsPerScope: 2, staleValuesThreshold: 5 }));

  it.each(['bad', 'trace', 'parent'])('scope %s is refused', (scope) =>
    expect(() => parseSearchTagsRequest(new URLSearchParams({ scope }))).toThrow(
      `invalid scope: ${scope}`,
    ),
  );

  it('version 2 of tag values wants an identifier', () => {
    expect(checkTagIdentifier(parseSearchTagValuesRequest('span."a b"', none)).tagName).toBe(
      'span."a b"',
    );
    expect(() => checkTagIdentifier(parseSearchTagValuesRequest('badname', none))).toThrow(
      'please provide a valid tagName: failed to parse identifier badname: parse error at line 1, col 2: unknown identifier: badname',
    );
    expect(() => parseSearchTagValuesRequest('', none)).toThrow('non-empty tagName');
  });
});

describe('parseMetricsQuery', () => {
  it('q counts before query', () =>
    expect(
      parseMetricsQuery(new URLSearchParams({ q: '{ } | rate()', query: 'x' }), 100).metrics,
    ).toMatchObject({ function: 'rate' }));

  it.each([
    ['{ }', 'not a metrics query'],
    ['rate()', 'parse error at line 1, col 1: syntax error: unexpected rate'],
    ['{ } | rate() | topk(0)', 'compiling query: limit must be greater than 0'],
    [`{ } | rate() // ${'x'.repeat(100)}`, 'exceeds the configured maximum size of 100 bytes'],
  ])('%s is refused with: %s', (q, message) =>
    expect(() => parseMetricsQuery(new URLSearchParams({ q }), 100)).toThrow(message),
  );
});

describe('acceptedFormat', () => {
  it.each([
    [undefined, 'json'],
    ['*/*', 'json'],
    ['application/json, application/protobuf', 'protobuf'],
    ['application/vnd.grafana.llm', 'llm'],
  ])('%s is %s', (header, format) => expect(acceptedFormat(header)).toBe(format));
});
