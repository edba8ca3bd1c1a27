export type {
  ByteRange,
  ObjectEntry,
  ObjectListing,
  ObjectStore,
  ObjectWriter,
} from './object-store.ts';
export {
  InvalidObjectKeyError,
  ObjectNotFoundError,
  ObjectRangeError,
  ObjectStoreConfigurationError,
} from './errors.ts';
export { assertObjectKey, assertObjectPrefix } from './object-key.ts';
export { MemoryObjectStore } from './memory-object-store.ts';
export {
  LocalObjectStore,
  type LocalFileSystem,
  type LocalObjectStoreOptions,
} from './local-object-store.ts';
export { CountingObjectStore } from './counting-object-store.ts';
export { openObjectStore, type ObjectStoreConfig } from './open-object-store.ts';
