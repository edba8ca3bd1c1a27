export type { TraceId, TracePiece } from './trace-piece.ts';
