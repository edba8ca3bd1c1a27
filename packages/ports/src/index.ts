export { SINGLE_TENANT, type TenantId } from './tenant.ts';
export type { ReceivedSpans, SpanSink } from './span-sink.ts';
export { IngestError, type IngestErrorCode } from './ingest-error.ts';
export type { PieceOutcome, PushRequest, Pusher } from './pusher.ts';
export type { BlockDedicatedColumn, BlockRef } from './block-ref.ts';
export type { BlockAnnouncements, BlockCatalog } from './block-catalog.ts';
export * from './query-jobs.ts';
export * from './partial-series.ts';
