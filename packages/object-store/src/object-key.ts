/**
 * Names of objects. A key is a path of segments joined by `/`, valid for every kind of store: no
 * segment can climb out of the store's root, hide a temporary file, or be too long for a disk.
 */
import { InvalidObjectKeyError } from './errors.ts';

/** Longest key that S3, GCS and Azure all take. */
export const MAX_KEY_BYTES = 1024;
/** Longest file name of common file systems, less what the name of a temporary file adds. */
export const MAX_SEGMENT_BYTES = 200;
/** Segments that begin so are names of unfinished writes. */
export const TEMPORARY_PREFIX = '.tmp-';

const FORBIDDEN = /[\p{Cc}\\]/u;

/**
 * Checks a key.
 *
 * @throws InvalidObjectKeyError naming the key and the reason.
 */
export function assertObjectKey(key: string): void {
  const reason = key === '' ? 'is empty' : objectPathProblem(key);
  if (reason !== undefined) throw new InvalidObjectKeyError(key, reason);
}

/**
 * Checks the prefix of a listing: empty, or a key-like path that ends with `/`.
 *
 * @throws InvalidObjectKeyError naming the prefix and the reason.
 */
export function assertObjectPrefix(prefix: string): void {
  if (prefix === '') return;
  const reason = prefix.endsWith('/')
    ? objectPathProblem(prefix.slice(0, -1))
    : 'is a prefix that does not end with "/"';
  if (reason !== undefined) throw new InvalidObjectKeyError(prefix, reason);
}

function objectPathProblem(path: string): string | undefined {
  if (Buffer.byteLength(path) > MAX_KEY_BYTES) return `is longer than ${MAX_KEY_BYTES} bytes`;
  if (FORBIDDEN.test(path)) return 'has a control character or a backslash';
  for (const segment of path.split('/')) {
    if (segment === '') return 'has an empty segment';
    if (segment === '.' || segment === '..') return 'has a relative segment';
    if (segment.startsWith(TEMPORARY_PREFIX))
      return `has a segment that begins with ${TEMPORARY_PREFIX}`;
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)
      return `has a segment longer than ${MAX_SEGMENT_BYTES} bytes`;
  }
  return undefined;
}
