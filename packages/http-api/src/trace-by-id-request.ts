/** `GET /api/traces/{id}` and `/api/v2/traces/{id}`: which trace, and where to look for it. */
import { parseTraceId, type TraceId } from '@tempo-ts/otlp';
import { badRequest, textParameter } from './parameters.ts';
import { parseSecondsRange, type SecondsRange } from './time-range.ts';

/** Where to look: everywhere, in recent data only, in stored blocks only, in another backend only. */
export type TraceLookupMode = 'all' | 'ingesters' | 'blocks' | 'external';

export interface TraceByIdRequest {
  readonly traceId: TraceId;
  /** Narrows the blocks that are opened. */
  readonly range: SecondsRange;
  readonly mode: TraceLookupMode;
  /** Blocks outside these ids (lower-case UUIDs, inclusive) are left out. */
  readonly blockStart: string;
  readonly blockEnd: string;
}

const MODES: readonly string[] = ['all', 'ingesters', 'blocks', 'external'];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const FIRST_BLOCK = '00000000-0000-0000-0000-000000000000';
const LAST_BLOCK = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * The lookup that an id and `parameters` describe.
 *
 * @throws QueryError `invalid` with Tempo's text.
 */
export function parseTraceByIdRequest(id: string, parameters: URLSearchParams): TraceByIdRequest {
  const traceId = parseId(id);
  const mode = textParameter(parameters, 'mode') ?? 'all';
  if (!MODES.includes(mode)) throw badRequest(`invalid value for mode ${mode}`);
  return {
    traceId,
    mode: mode as TraceLookupMode,
    blockStart: blockId(parameters, 'blockStart', FIRST_BLOCK),
    blockEnd: blockId(parameters, 'blockEnd', LAST_BLOCK),
    range: parseSecondsRange(parameters),
  };
}

function parseId(id: string): TraceId {
  if (id === '') throw badRequest('please provide a traceID');
  try {
    return parseTraceId(id);
  } catch (error) {
    throw badRequest((error as Error).message);
  }
}

function blockId(parameters: URLSearchParams, name: string, defaultId: string): string {
  const value = (textParameter(parameters, name) ?? defaultId).toLowerCase();
  if (!UUID.test(value)) throw badRequest(`invalid value for ${name} ${value}`);
  return value;
}
