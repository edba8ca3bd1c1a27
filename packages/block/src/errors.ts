/** What can be wrong with a block. */

/** The block's version has no reader in this build. */
export class UnsupportedBlockFormatError extends Error {
  override readonly name = 'UnsupportedBlockFormatError';
  readonly code = 'unsupported_block_format';
  readonly format: string;

  constructor(blockId: string, format: string) {
    super(`block ${blockId} has format "${format}"; this build reads vParquet4`);
    this.format = format;
  }
}

/** An object of the block is missing, cut off or damaged. */
export class CorruptBlockError extends Error {
  override readonly name = 'CorruptBlockError';
  readonly code = 'corrupt_block';
  readonly blockId: string;

  constructor(blockId: string, problem: string, options: { readonly cause?: unknown } = {}) {
    super(`block ${blockId}: ${problem}`, options);
    this.blockId = blockId;
  }
}

/** A meta.json that does not describe a block. */
export class InvalidBlockMetaError extends Error {
  override readonly name = 'InvalidBlockMetaError';
  readonly code = 'invalid_block_meta';
}

/** A block needs a trace at least. */
export class EmptyBlockError extends Error {
  override readonly name = 'EmptyBlockError';
  readonly code = 'empty_block';
}
