export { Blocklist } from './blocklist.ts';
export type { CompactedBlock, TenantBlocks } from './stored-block.ts';
export {
  BlocklistPoller,
  type BlocklistPollConfig,
  type BlocklistPollerOptions,
} from './blocklist-poller.ts';
export {
  createBlocklist,
  PolledBlocklist,
  type CreateBlocklistOptions,
} from './create-blocklist.ts';
export {
  decodeJsonIndex,
  decodeProtobufIndex,
  encodeJsonIndex,
  encodeProtobufIndex,
  InvalidTenantIndexError,
  jsonIndexKey,
  protobufIndexKey,
  type TenantIndex,
} from './tenant-index.ts';
export { applyRetention, deleteBlock, markCompacted, type RetentionOptions } from './retention.ts';
export { createRetentionMetrics, type RetentionMetrics } from './metrics.ts';
