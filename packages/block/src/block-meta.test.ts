import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { BlockDedicatedColumn, TenantId } from '@tempo-ts/ports';
import {
  decodeBlockMeta,
  encodeBlockMeta,
  toBlockRef,
  vparquet4DedicatedColumns,
  type BlockMeta,
} from './block-meta.ts';
import { InvalidBlockMetaError } from './errors.ts';
import { DEFAULT_DEDICATED_COLUMNS } from './testing/index.ts';

const ID = '735fa0be-44b6-4aa4-8fac-ad40048d5b77';
const EXAMPLE = `{"format":"vParquet4","blockID":"${ID}","tenantID":"t1","startTime":"2026-01-01T00:00:00Z","endTime":"2026-01-01T00:30:30.5Z","totalObjects":1000,"size":2422656,"compactionLevel":2,"encoding":"none","indexPageSize":0,"totalRecords":3,"dataEncoding":"","bloomShards":4,"footerSize":21344,"dedicatedColumns":[{"s":"resource","n":"host.name"},{"n":"http.route"},{"s":"event","n":"code","t":"int","o":["array"]}],"replicationFactor":1}`;
const META: BlockMeta = {
  format: 'vParquet4',
  blockId: ID,
  tenant: 't1' as TenantId,
  startUnixMs: Date.UTC(2026, 0, 1),
  endUnixMs: Date.UTC(2026, 0, 1, 0, 30, 30, 500),
  traceCount: 1000,
  sizeBytes: 2422656,
  compactionLevel: 2,
  rowGroupCount: 3,
  bloomShardCount: 4,
  footerSizeBytes: 21344,
  dedicatedColumns: [
    { scope: 'resource', name: 'host.name', type: 'string', options: [] },
    { scope: 'span', name: 'http.route', type: 'string', options: [] },
    { scope: 'event', name: 'code', type: 'int', options: ['array'] },
  ],
  replicationFactor: 1,
};
const decode = (json: unknown) => decodeBlockMeta(Buffer.from(JSON.stringify(json)));

describe('meta.json', () => {
  it('is one compact object with its keys in order, and reads back', () => {
    expect(Buffer.from(encodeBlockMeta(META)).toString()).toBe(EXAMPLE);
    expect(decodeBlockMeta(Buffer.from(EXAMPLE))).toEqual(META);
  });

  it('leaves out dedicated columns and replication factor when there are none', () => {
    const bytes = encodeBlockMeta({ ...META, dedicatedColumns: [], replicationFactor: 0 });
    expect(Object.keys(JSON.parse(Buffer.from(bytes).toString()) as object).at(-1)).toBe(
      'footerSize',
    );
  });

  it('reads what other versions write: no encoding, minID, upper-case id, no shard count', () => {
    const {
      encoding: _e,
      dataEncoding: _d,
      bloomShards: _b,
      ...rest
    } = JSON.parse(EXAMPLE) as Record<string, unknown>;
    const other = { ...rest, minID: 'AAAA', blockID: ID.toUpperCase() };
    expect(decode(other)).toEqual({ ...META, bloomShardCount: 10 });
  });

  it('any damage is refused by name', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 127 }), (at, code) => {
        const bytes = Buffer.from(EXAMPLE);
        bytes[at % bytes.length] = code;
        for (const damaged of [bytes, bytes.subarray(0, at % bytes.length)]) {
          try {
            decodeBlockMeta(damaged);
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidBlockMetaError);
          }
        }
      }),
    );
    for (const [key, value] of [
      ['blockID', '../../etc'],
      ['totalObjects', -1],
      ['size', 1.5],
      ['startTime', 'yesterday'],
      ['format', ''],
      ['dedicatedColumns', [{ n: 5 }]],
      ['dedicatedColumns', [{ n: 'x', s: 'link' }]],
    ] as const)
      expect(() => decode({ ...(JSON.parse(EXAMPLE) as object), [key]: value })).toThrow(
        InvalidBlockMetaError,
      );
  });

  it('gives a reader all it needs', () => {
    const { compactionLevel: _c, replicationFactor: _r, ...reference } = META;
    expect(toBlockRef(META)).toEqual(reference);
  });
});

describe('vparquet4DedicatedColumns', () => {
  it('leaves of the default columns what Tempo lists in a vParquet4 block', () => {
    expect(vparquet4DedicatedColumns(DEFAULT_DEDICATED_COLUMNS).map(({ name }) => name)).toEqual([
      'http.request.method',
      'url.path',
      'url.route',
      'server.address',
      'http.route',
    ]);
  });

  it('keeps the order of both scopes and at most ten of each', () => {
    const columns = Array.from({ length: 30 }, (_, i): BlockDedicatedColumn => ({
      scope: i % 2 === 0 ? 'span' : 'resource',
      name: `n${i}`,
      type: 'string',
      options: [],
    }));
    expect(vparquet4DedicatedColumns(columns)).toEqual(columns.slice(0, 20));
  });
});
