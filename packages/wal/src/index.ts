export { WalError, type WalErrorCode } from './errors.ts';
export { systemWalFileSystem, type WalFile, type WalFileSystem } from './wal-file-system.ts';
export {
  DEFAULT_WAL_LIMITS,
  WalWriter,
  type WalLimits,
  type WalWriterOptions,
} from './wal-writer.ts';
export { keepDamagedSegment, replaySegment, type SegmentReport, type WalRecord } from './replay.ts';
export { parseSegmentFileName, segmentFileName, segmentSequences } from './segment.ts';
