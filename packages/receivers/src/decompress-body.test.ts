import { promisify } from 'node:util';
import { brotliCompress, deflate, deflateRaw, gzip, zstdCompress } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { crc32c } from './crc32c.ts';
import { CONTENT_ENCODINGS, decompressBody } from './decompress-body.ts';
import { snappyFramed, snappyLiteral } from './testing/snappy-frames.ts';
import { xxHash32 } from './xx-hash32.ts';

const PLAIN = Array.from({ length: 9 }, (_, i) => `span ${i % 7} of trace ${i % 3}; `).join('');
/** Made of PLAIN by the reference implementations (snappy 1.2, lz4 1.9). */
const SNAPPY_BLOCK =
  'qwFIc3BhbiAwIG9mIHRyYWNlIDA7IAUTADEZEwAxDRMAMhkTADINEwAzGRMROQA0GRMROQA1GRMROQA2GRMROR2FETk0MSBvZiB0cmFjZSAyOyA=';
const LZ4_LINKED =
  'BCJNGGRAp1IAAADxBHNwYW4gMCBvZiB0cmFjZSAwOyATABYxEwATMRMAFjITABMyEwAWMxMABDkAFjQTAAQ5ABY1EwAEOQAWNhMABDkAB4UABDkABYUAUGUgMjsgAAAAAHGnvQA=';
const LZ4_CHECKED =
  'BCJNGHRAvVIAAADxBHNwYW4gMCBvZiB0cmFjZSAwOyATABYxEwATMRMAFjITABMyEwAWMxMABDkAFjQTAAQ5ABY1EwAEOQAWNhMABDkAB4UABDkABYUAUGUgMjsgMpXL4QAAAABxp70A';
const base64 = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));

function plain(body: Uint8Array, encoding: string | undefined, maxBytes = 1_000_000) {
  return decompressBody(body, encoding, { maxBytes, accepted: CONTENT_ENCODINGS });
}

/** The status and text of a refusal. */
async function refusal(body: Uint8Array, encoding: string, maxBytes?: number) {
  try {
    await plain(body, encoding, maxBytes);
    return undefined;
  } catch (error) {
    const { status, message } = error as { status?: number; message: string };
    return [status, message] as const;
  }
}

const COMPRESSED: Readonly<Record<string, () => Promise<Uint8Array>>> = {
  gzip: () => promisify(gzip)(PLAIN),
  zlib: () => promisify(deflate)(PLAIN),
  deflate: () => promisify(deflate)(PLAIN),
  zstd: () => promisify(zstdCompress)(PLAIN),
  snappy: async () => base64(SNAPPY_BLOCK),
  'x-snappy-framed': async () => snappyFramed([base64(SNAPPY_BLOCK)], [Buffer.from(PLAIN)]),
  lz4: async () => base64(LZ4_LINKED),
};

describe('decompressBody', () => {
  it('understands every content encoding of the collector', async () => {
    expect(Object.keys(COMPRESSED)).toEqual(CONTENT_ENCODINGS);
    for (const [encoding, compress] of Object.entries(COMPRESSED)) {
      const body = await compress();
      expect(Buffer.from(await plain(body, encoding)).toString()).toBe(PLAIN);
      expect(Buffer.from(await plain(body, ` ${encoding.toUpperCase()} `)).toString()).toBe(PLAIN);
    }
    expect(Buffer.from(await plain(base64(LZ4_CHECKED), 'lz4')).toString()).toBe(PLAIN);
  });

  it('leaves a body without encoding as it is', async () => {
    const body = Uint8Array.of(1, 2, 3);
    for (const encoding of [undefined, '', 'identity'])
      expect(await plain(body, encoding)).toBe(body);
  });

  it('refuses other encodings and those that are switched off, naming the supported ones', async () => {
    const body = await promisify(brotliCompress)(PLAIN);
    expect(await refusal(body, 'br')).toEqual([
      400,
      'unsupported Content-Encoding: br, supported: gzip, zlib, deflate, zstd, snappy, x-snappy-framed, lz4',
    ]);
    await expect(
      decompressBody(body, 'gzip', { maxBytes: 1000, accepted: ['zstd'] }),
    ).rejects.toThrow('unsupported Content-Encoding: gzip, supported: zstd');
  });

  it('takes bodies up to the limit and refuses longer ones with 413, in every encoding', async () => {
    for (const [encoding, compress] of Object.entries(COMPRESSED)) {
      const body = await compress();
      expect((await plain(body, encoding, PLAIN.length)).length).toBe(PLAIN.length);
      expect(await refusal(body, encoding, PLAIN.length - 1)).toEqual([
        413,
        `request body is larger than max_request_body_size ${PLAIN.length - 1} bytes`,
      ]);
    }
  });

  it('refuses bodies that are cut off or damaged with 400, and never hangs or crashes', async () => {
    for (const [encoding, compress] of Object.entries(COMPRESSED)) {
      const body = await compress();
      for (let length = 1; length < body.length; length += 1) {
        const answer = await refusal(body.subarray(0, length), encoding);
        // A stream of frames may end after its identifier: it holds nothing then.
        if (encoding === 'x-snappy-framed' && length === 10) continue;
        expect([encoding, length, answer?.[0]]).toEqual([encoding, length, 400]);
      }
      expect((await refusal(Buffer.from('not compressed'), encoding))?.[0]).toBe(400);
    }
  });

  it('refuses raw deflate data as damaged', async () => {
    const body = await promisify(deflateRaw)(PLAIN);
    expect((await refusal(body, 'deflate'))?.[0]).toBe(400);
  });

  it('detects damage by checksums where the format has them', async () => {
    for (const encoding of ['gzip', 'zlib', 'x-snappy-framed', 'lz4'] as const) {
      const body = Uint8Array.from(await COMPRESSED[encoding]!());
      body[body.length - 2]! ^= 1;
      expect([encoding, (await refusal(body, encoding))?.[0]]).toEqual([encoding, 400]);
    }
  });

  it('survives any bytes at all', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...CONTENT_ENCODINGS),
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom('', '/wYAAHNOYVBwWQ==', 'BCJNGGRApw=='),
        async (encoding, bytes, prefix) => {
          const body = Buffer.concat([base64(prefix), bytes]);
          const answer = await refusal(body, encoding, 10_000);
          expect([undefined, 400, 413]).toContain(answer?.[0]);
        },
      ),
    );
  });

  it('cuts a gigabyte that hides in gzip off at the limit', async () => {
    const bomb = await promisify(gzip)(Buffer.alloc(64 * 1024 * 1024));
    const before = process.memoryUsage().rss;
    expect((await refusal(bomb, 'gzip', 1024 * 1024))?.[0]).toBe(413);
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 * 1024);
  });

  it('does not reserve what a Snappy block merely announces', async () => {
    const announcing = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0x00, 0x61);
    expect((await refusal(announcing, 'snappy'))?.[0]).toBe(413);
  });
});

describe('snappy frames', () => {
  it('any chunks, compressed and plain, follow each other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }),
        async (parts) => {
          const stream = snappyFramed(parts.map(snappyLiteral), parts);
          expect(Buffer.from(await plain(stream, 'x-snappy-framed'))).toEqual(Buffer.concat(parts));
        },
      ),
    );
  });
});

describe('checksums', () => {
  it('are those of the specifications', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(Buffer.from(''))).toBe(0);
    expect(xxHash32(Buffer.from(''))).toBe(0x02cc5d05);
    expect(xxHash32(Buffer.from('abc'))).toBe(0x32d153ff);
    expect(xxHash32(Buffer.from('Nobody inspects the spammish repetition'))).toBe(0xe2293b2f);
  });
});
