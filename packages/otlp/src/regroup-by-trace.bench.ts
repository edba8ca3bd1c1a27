/**
 * CPU of regrouping per span. Run with a file of length-prefixed export requests (u32 little-endian
 * length, then the request), as load generators write them:
 *
 *   node --conditions=@tempo-ts/source packages/otlp/src/regroup-by-trace.bench.ts FRAMES [ROUNDS]
 */
import { readFileSync } from 'node:fs';
import { regroupByTrace } from './regroup-by-trace.ts';

const [, , path, rounds = '10'] = process.argv;
if (path === undefined) throw new Error('usage: regroup-by-trace.bench.ts FRAMES [ROUNDS]');
const requests = readRequests(path);
for (const maxAttributeBytes of [0, 2048, 100]) {
  measure(maxAttributeBytes, 2);
  const { spans, microseconds } = measure(maxAttributeBytes, Number(rounds));
  process.stdout.write(
    `max_attribute_bytes ${maxAttributeBytes}: ${(microseconds / spans).toFixed(3)} CPU µs per span (${spans} spans)\n`,
  );
}

function measure(maxAttributeBytes: number, count: number) {
  let spans = 0;
  const start = process.cpuUsage();
  for (let round = 0; round < count; round++)
    for (const request of requests)
      spans += regroupByTrace(request, { maxAttributeBytes }).spanCount;
  const used = process.cpuUsage(start);
  return { spans, microseconds: used.user + used.system };
}

function readRequests(file: string): Uint8Array[] {
  const bytes = readFileSync(file);
  const found: Uint8Array[] = [];
  for (let position = 0; position < bytes.length;) {
    const length = bytes.readUInt32LE(position);
    found.push(new Uint8Array(bytes.subarray(position + 4, position + 4 + length)));
    position += 4 + length;
  }
  return found;
}
