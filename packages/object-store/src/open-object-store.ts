/** From `storage.trace` of the configuration to an open, verified store. */
import type { Clock, Random } from '@tempo-ts/runtime';
import type { MetricsRegistry } from '@tempo-ts/telemetry';
import { CountingObjectStore } from './counting-object-store.ts';
import { ObjectStoreConfigurationError } from './errors.ts';
import { LocalObjectStore } from './local-object-store.ts';
import type { ObjectStore } from './object-store.ts';

/** The part of `storage.trace` that chooses the store. */
export interface ObjectStoreConfig {
  /** `local`; `s3`, `gcs` and `azure` are known and refused by name. */
  readonly backend: string;
  readonly local: { readonly path: string };
}

/**
 * Opens the configured store and makes sure it can be used.
 *
 * @throws ObjectStoreConfigurationError when the backend is unset, unknown, not available in this
 *   build, or cannot be written to.
 */
export async function openObjectStore(
  config: ObjectStoreConfig,
  options: {
    readonly clock: Clock;
    readonly random: Random;
    readonly metrics: MetricsRegistry;
  },
): Promise<ObjectStore> {
  const { clock, random, metrics } = options;
  switch (config.backend) {
    case 'local': {
      const local = await LocalObjectStore.open({ path: config.local.path, clock, random });
      return new CountingObjectStore(local, { clock, metrics });
    }
    case 's3':
    case 'gcs':
    case 'azure':
      throw new ObjectStoreConfigurationError(
        `backend ${config.backend} is not available yet in this build; set storage.trace.backend to local`,
      );
    case '':
      throw new ObjectStoreConfigurationError('storage.trace.backend is not set; set it to local');
    default:
      throw new ObjectStoreConfigurationError(
        `storage.trace.backend "${config.backend}" is unknown; set it to local`,
      );
  }
}
