/** What must hold between settings of the metrics-generator beyond the type of each. */

/** The settings that are looked at. Durations in milliseconds. */
export interface GeneratorSettings {
  readonly registry: { readonly collection_interval: number };
  readonly storage: {
    readonly path: string;
    readonly remote_write: readonly unknown[];
  };
}

/** A setting that cannot work. */
export class InvalidSettingError extends Error {
  override readonly name = 'InvalidSettingError';
  /** Dotted path of the key. */
  readonly path: string;

  constructor(path: string, message: string) {
    super(`${path}: ${message}`);
    this.path = path;
  }
}

/** @throws InvalidSettingError naming the first setting that cannot work. */
export function checkSettings({ registry, storage }: GeneratorSettings): void {
  if (registry.collection_interval <= 0)
    throw new InvalidSettingError(
      'metrics_generator.registry.collection_interval',
      'must be longer than 0s',
    );
  if (storage.remote_write.length > 0 && storage.path === '')
    throw new InvalidSettingError(
      'metrics_generator.storage.path',
      'must be set when metrics_generator.storage.remote_write is: samples wait there',
    );
}
