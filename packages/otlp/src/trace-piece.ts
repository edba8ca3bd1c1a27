/** The spans of one trace that came in one request, as bytes. */

/** A trace id: 16 bytes. */
export type TraceId = Uint8Array;

/**
 * A serialized Trace (OTLP TracesData of a single trace id) as slices that, put one behind the
 * other, give its bytes. Slices point into the received request or into small rewritten headers;
 * they are valid as long as the request's buffer is not reused.
 */
export interface TracePiece {
  readonly traceId: TraceId;
  readonly slices: readonly Uint8Array[];
  /** Sum of the lengths of `slices`. */
  readonly byteLength: number;
  readonly spanCount: number;
  /** Smallest span start and largest span end, whole seconds since 1970 rounded down. */
  readonly startUnixSeconds: number;
  readonly endUnixSeconds: number;
}
