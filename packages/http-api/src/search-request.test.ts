import { describe, expect, it } from '@jest/globals';
import { parseSearchRequest } from './search-request.ts';

const limits = {
  defaultLimit: 20,
  maxLimit: 262_144,
  defaultSpansPerSpanSet: 3,
  maxSpansPerSpanSet: 100,
};

function parse(query: string) {
  const { $typeName: _, ...request } = parseSearchRequest(new URLSearchParams(query), limits);
  return request;
}

const defaults = {
  Tags: {},
  MinDurationMs: 0,
  MaxDurationMs: 0,
  Limit: 20,
  start: 0,
  end: 0,
  Query: '',
  SpansPerSpanSet: 3,
};

describe('parseSearchRequest', () => {
  it('reads every parameter', () =>
    expect(parse('q={ }&start=1&end=2&limit=7&spss=9&minDuration=1.5s&maxDuration=1m')).toEqual({
      ...defaults,
      Query: '{ }',
      start: 1,
      end: 2,
      Limit: 7,
      SpansPerSpanSet: 9,
      MinDurationMs: 1500,
      MaxDurationMs: 60_000,
    }));

  it('takes the first value of a repeated parameter and ignores an empty one', () =>
    expect(parse('q={.a}&q={.b}&limit=')).toEqual({ ...defaults, Query: '{.a}' }));

  it('spss=0 means the default', () =>
    expect(parse('q={}&spss=0')).toEqual({ ...defaults, Query: '{}' }));

  it('reads tags', () =>
    expect(parse(`tags=${encodeURIComponent('service.name=a name="GET \\"/\\"" error')}`)).toEqual({
      ...defaults,
      Tags: { 'service.name': 'a', name: 'GET "/"', error: '' },
    }));

  it('without q, tags and times, unknown parameters are tags', () =>
    expect(parse('service.name=a&limit=3&minDuration=1s&x=&http.method=GET')).toEqual({
      ...defaults,
      Limit: 3,
      MinDurationMs: 1000,
      Tags: { 'service.name': 'a', 'http.method': 'GET' },
    }));

  it.each(['q={}&foo=bar', 'start=1&end=2&foo=bar', 'tags=a%3Db&foo=bar'])(
    'otherwise unknown parameters are ignored: %s',
    (query) => expect(parse(query).Tags['foo']).toBeUndefined(),
  );

  it.each([
    ['q={}&tags=a%3Db', "invalid request: can't specify tags and q in the same query"],
    ['tags=a%3Db%20a%3Dc', 'invalid tags: tag a has been set twice'],
    ['tags=a%3Db%3Dc', "invalid tags: unexpected '=' at pos 4"],
    ['tags=%3Db', "invalid tags: unexpected '=' at pos 1"],
    ['tags=a%3D%22b', 'invalid tags: unterminated quoted value at pos 4'],
    ['minDuration=bad', 'invalid minDuration: time: invalid duration "bad"'],
    ['minDuration=2s&maxDuration=1s', 'invalid maxDuration: must be greater than minDuration'],
    ['limit=0', 'invalid limit: must be a positive number'],
    ['limit=-1', 'invalid limit: must be a positive number'],
    ['limit=abc', 'invalid limit: strconv.Atoi: parsing "abc": invalid syntax'],
    ['limit=262145', 'limit 262145 exceeds max limit 262144'],
    ['spss=-1', 'invalid spss: must be a non-negative number'],
    ['spss=101', 'spans per span set exceeds 100. received 101'],
    ['start=10&end=5', 'http parameter start must be before end. received start=10 end=5'],
    ['start=10', 'http parameter start must be before end. received start=10 end=0'],
    ['start=x&end=5', 'invalid start: strconv.ParseInt: parsing "x": invalid syntax'],
    ['end=99999999999', 'invalid end: strconv.ParseInt: parsing "99999999999": value out of range'],
  ])('%s is refused with: %s', (query, message) => expect(() => parse(query)).toThrow(message));
});
