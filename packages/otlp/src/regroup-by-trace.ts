/**
 * Cuts an ExportTraceServiceRequest into one piece per trace: a serialized Trace with one
 * ResourceSpans per incoming resource and one ScopeSpans per incoming scope that have spans of it,
 * in order. Resource, scope and span bytes are taken over as they came; only the tags and lengths
 * around them are new, and attributes longer than the limit are shortened. Fields of ResourceSpans
 * and ScopeSpans that OTLP does not define are left out.
 *
 * All pieces of a request lie one behind the other in one buffer of exactly their size. Copying a
 * span once costs less than the two or three array views per span that slices of the request would
 * need, and nothing keeps the received buffer alive.
 *
 * The walk checks the whole request first (`span-walker.ts`), so a decoder of a piece cannot fail.
 */
import { assert } from '@tempo-ts/runtime';
import { InvalidOtlpError } from './errors.ts';
import { IntList } from './int-list.ts';
import {
  OWNER_BYTES,
  OWNER_FIRST_RANGE,
  OWNER_RESOURCE,
  RANGE_END,
  RANGE_NEXT,
  RANGE_START,
  RequestIndex,
  SPAN_END,
  SPAN_NEXT,
  SPAN_SCOPE,
  SPAN_START,
  TRACE_FIRST_SPAN,
  TRACE_ID_START,
  TRACE_MAX_HIGH,
  TRACE_MAX_LOW,
  TRACE_MIN_HIGH,
  TRACE_MIN_LOW,
  TRACE_SPAN_COUNT,
  TRACE_STRIDE,
} from './request-index.ts';
import { ATTRIBUTE_SCOPES, type AttributeScope } from './span-walker.ts';
import type { TracePiece } from './trace-piece.ts';
import { concatenate } from './truncate-attributes.ts';
import { varintLength, writeVarintAt } from './wire-writer.ts';

export interface RegroupOptions {
  /** Attribute keys and string values are cut to this length; 0 or absent: no limit. */
  readonly maxAttributeBytes?: number;
  /**
   * Refuses requests whose pieces together are larger. A resource is repeated in every trace it has
   * spans of, so pieces can be many times as large as the request. Default 512 MiB.
   */
  readonly maxTotalBytes?: number;
}

export interface RegroupedRequest {
  /** In the order in which the traces first appear. */
  readonly pieces: readonly TracePiece[];
  readonly spanCount: number;
  /** Sum of the pieces' lengths. */
  readonly byteLength: number;
  /** How many attribute keys and values were shortened, by where they were. */
  readonly truncatedAttributes: Readonly<Record<AttributeScope, number>>;
}

const DEFAULT_MAX_TOTAL_BYTES = 512 * 1024 * 1024;
const NONE = -1;

const index = new RequestIndex();
/** Per group (spans of one trace under one owner), in order of writing: bytes of its content. */
const resourceGroups = new IntList();
const scopeGroups = new IntList();

/**
 * The pieces of `request`. They do not share memory with it.
 *
 * @throws InvalidOtlpError `malformed`, `invalid_trace_id`, `invalid_span_id` or `too_large`; then
 *   nothing of the request is acceptable.
 */
export function regroupByTrace(
  request: Uint8Array,
  options: RegroupOptions = {},
): RegroupedRequest {
  try {
    index.fill(request, options.maxAttributeBytes ?? 0);
    const pieceEnds = measurePieces();
    const byteLength = pieceEnds.at(-1) ?? 0;
    const maxTotalBytes = options.maxTotalBytes ?? DEFAULT_MAX_TOTAL_BYTES;
    if (byteLength > maxTotalBytes)
      throw new InvalidOtlpError(
        'too_large',
        `request of ${request.length} bytes repeats its resources in so many traces that they take ${byteLength} bytes, more than ${maxTotalBytes}`,
      );
    return {
      pieces: writePieces(request, byteLength, pieceEnds),
      spanCount: index.spanCount,
      byteLength,
      truncatedAttributes: truncationCounts(),
    };
  } finally {
    index.clear();
    resourceGroups.clear();
    scopeGroups.clear();
  }
}

/** Fills the groups with their content lengths; returns where each trace's piece ends. */
function measurePieces(): number[] {
  const { traces, spans, scopes, resources } = index;
  const spanValues = spans.values;
  const pieceEnds: number[] = [];
  let end = 0;
  for (let trace = 0; trace < traces.length; trace += TRACE_STRIDE) {
    let resource = NONE;
    let resourceBytes = 0;
    let span = traces.values[trace + TRACE_FIRST_SPAN]!;
    while (span !== NONE) {
      const scope = spanValues[span + SPAN_SCOPE]!;
      let scopeBytes = scopes.values[scope + OWNER_BYTES]!;
      do {
        scopeBytes += spanValues[span + SPAN_END]! - spanValues[span + SPAN_START]!;
        span = spanValues[span + SPAN_NEXT]!;
      } while (span !== NONE && spanValues[span + SPAN_SCOPE] === scope);
      const scopeResource = scopes.values[scope + OWNER_RESOURCE]!;
      if (scopeResource !== resource) {
        if (resource !== NONE) end += closeResourceGroup(resourceBytes);
        resource = scopeResource;
        resourceBytes = resources.values[resource + OWNER_BYTES]!;
      }
      scopeGroups.push(scopeBytes);
      resourceBytes += 1 + varintLength(scopeBytes) + scopeBytes;
    }
    end += closeResourceGroup(resourceBytes);
    pieceEnds.push(end);
  }
  return pieceEnds;
}

function closeResourceGroup(contentBytes: number): number {
  resourceGroups.push(contentBytes);
  return 1 + varintLength(contentBytes) + contentBytes;
}

function writePieces(
  request: Uint8Array,
  byteLength: number,
  pieceEnds: readonly number[],
): TracePiece[] {
  // Every byte is written below, so the memory need not be cleared first.
  const arena = new Uint8Array(Buffer.allocUnsafeSlow(byteLength).buffer);
  const writer = new PieceWriter(arena, request, concatenate(index.rewritten));
  const { values } = index.traces;
  const pieces: TracePiece[] = [];
  let start = 0;
  for (let number = 0; number < pieceEnds.length; number++) {
    const trace = number * TRACE_STRIDE;
    const end = pieceEnds[number]!;
    writer.writeTrace(values[trace + TRACE_FIRST_SPAN]!);
    const idStart = values[trace + TRACE_ID_START]!;
    pieces.push({
      traceId: request.slice(idStart, idStart + 16),
      slices: [arena.subarray(start, end)],
      byteLength: end - start,
      spanCount: values[trace + TRACE_SPAN_COUNT]!,
      startUnixSeconds: seconds(values[trace + TRACE_MIN_LOW]!, values[trace + TRACE_MIN_HIGH]!),
      endUnixSeconds: seconds(values[trace + TRACE_MAX_LOW]!, values[trace + TRACE_MAX_HIGH]!),
    });
    start = end;
  }
  assert(writer.position === byteLength, 'pieces were measured wrongly');
  return pieces;
}

/** Copies spans and their owners into the arena, in the order in which `measurePieces` went. */
class PieceWriter {
  readonly #arena: Uint8Array;
  readonly #request: Uint8Array;
  readonly #rewritten: Uint8Array;
  /** Where the next byte goes. */
  position = 0;
  #resourceGroup = 0;
  #scopeGroup = 0;

  constructor(arena: Uint8Array, request: Uint8Array, rewritten: Uint8Array) {
    this.#arena = arena;
    this.#request = request;
    this.#rewritten = rewritten;
  }

  writeTrace(firstSpan: number): void {
    const spans = index.spans.values;
    const scopes = index.scopes.values;
    let resource = NONE;
    let span = firstSpan;
    while (span !== NONE) {
      const scope = spans[span + SPAN_SCOPE]!;
      if (scopes[scope + OWNER_RESOURCE] !== resource) {
        resource = scopes[scope + OWNER_RESOURCE]!;
        this.#header(0x0a, resourceGroups.values[this.#resourceGroup++]!);
        this.#ranges(index.resources.values[resource + OWNER_FIRST_RANGE]!);
      }
      this.#header(0x12, scopeGroups.values[this.#scopeGroup++]!);
      this.#ranges(scopes[scope + OWNER_FIRST_RANGE]!);
      span = this.#spansOfScope(span, scope);
    }
  }

  /** Copies the spans from `firstSpan` on that are of `scope`; neighbours in one go. */
  #spansOfScope(firstSpan: number, scope: number): number {
    const spans = index.spans.values;
    let span = firstSpan;
    let start = spans[span + SPAN_START]!;
    let end = start;
    while (span !== NONE && spans[span + SPAN_SCOPE] === scope) {
      if (spans[span + SPAN_START] !== end) {
        this.#copy(start, end);
        start = spans[span + SPAN_START]!;
      }
      end = spans[span + SPAN_END]!;
      span = spans[span + SPAN_NEXT]!;
    }
    this.#copy(start, end);
    return span;
  }

  #ranges(first: number): void {
    const ranges = index.ranges.values;
    for (let range = first; range !== NONE; range = ranges[range + RANGE_NEXT]!)
      this.#copy(ranges[range + RANGE_START]!, ranges[range + RANGE_END]!);
  }

  #copy(start: number, end: number): void {
    const split = this.#request.length;
    const source =
      end <= split
        ? this.#request.subarray(start, end)
        : this.#rewritten.subarray(start - split, end - split);
    this.#arena.set(source, this.position);
    this.position += end - start;
  }

  #header(tag: number, contentBytes: number): void {
    this.#arena[this.position] = tag;
    this.position = writeVarintAt(this.#arena, this.position + 1, contentBytes);
  }
}

/** Whole seconds of unsigned nanoseconds. */
function seconds(low: number, high: number): number {
  return Number(((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)) / 1_000_000_000n);
}

function truncationCounts(): Record<AttributeScope, number> {
  const counts = index.walker.cutCounts;
  return Object.fromEntries(
    ATTRIBUTE_SCOPES.map((scope, position) => [scope, counts[position]!]),
  ) as Record<AttributeScope, number>;
}
