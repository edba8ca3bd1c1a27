export { MemoryWalFileSystem } from './memory-wal-file-system.ts';
export {
  FaultyWalFileSystem,
  systemError,
  type WalCall,
  type WalFault,
} from './faulty-wal-file-system.ts';
export { tornAt, withFlippedByte } from './torn-write.ts';
export { readWholeLog } from './read-whole-log.ts';
