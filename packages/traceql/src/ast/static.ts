/** Values that a query can hold or a span can have. */

export type StatusName = 'unset' | 'ok' | 'error';
export type KindName = 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** A value with its TraceQL type. 64-bit integers are exact. */
export type Static =
  | { readonly type: 'nil' }
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'bool'; readonly value: boolean }
  /** Nanoseconds. */
  | { readonly type: 'duration'; readonly value: bigint }
  | { readonly type: 'status'; readonly value: StatusName }
  | { readonly type: 'kind'; readonly value: KindName }
  | { readonly type: 'int[]'; readonly value: readonly bigint[] }
  | { readonly type: 'float[]'; readonly value: readonly number[] }
  | { readonly type: 'string[]'; readonly value: readonly string[] }
  | { readonly type: 'bool[]'; readonly value: readonly boolean[] };

export type StaticType = Static['type'];
