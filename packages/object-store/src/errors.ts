/** What can go wrong with a store, as far as a caller can do something about it. */

/** No object has this key. */
export class ObjectNotFoundError extends Error {
  override readonly name = 'ObjectNotFoundError';
  readonly code = 'object_not_found';
  readonly key: string;

  constructor(key: string, options: { readonly cause?: unknown } = {}) {
    super(`object "${key}" not found`, options);
    this.key = key;
  }
}

/** The object ends before the range that was asked for. */
export class ObjectRangeError extends Error {
  override readonly name = 'ObjectRangeError';
  readonly code = 'object_range';
  readonly key: string;

  constructor(key: string, range: { readonly offset: number; readonly length: number }) {
    super(`object "${key}" does not have bytes ${range.offset} to ${range.offset + range.length}`);
    this.key = key;
  }
}

/** The key cannot name an object. */
export class InvalidObjectKeyError extends Error {
  override readonly name = 'InvalidObjectKeyError';
  readonly code = 'invalid_object_key';
  readonly key: string;

  constructor(key: string, reason: string) {
    super(`object key ${JSON.stringify(key.slice(0, 200))} ${reason}`);
    this.key = key;
  }
}

/** The configuration names a store that cannot be opened. */
export class ObjectStoreConfigurationError extends Error {
  override readonly name = 'ObjectStoreConfigurationError';
  readonly code = 'object_store_configuration';
}
