/** Bounds of the querier that have no key in the configuration. */

/**
 * Jobs that one worker thread has under way: one computes while the other waits for the object
 * store. More would only add to the memory in use.
 */
export const JOBS_PER_WORKER = 2;

/** Footers, bloom filters and indexes kept by each worker: those of some thousand blocks. */
export const WORKER_CACHE_BYTES = 64 * 1024 * 1024;

/** Bytes of tag names and values of a job where no limit is set: Tempo's default for gRPC messages. */
export const DEFAULT_MAX_TAG_BYTES = 5_000_000;

/** Blocks of one look-up that are read at the same time. */
export const BLOCKS_AT_ONCE = 4;
