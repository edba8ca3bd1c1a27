export { haveTempoBlocks, openTempoBlock, type TempoBlock } from './tempo-blocks.ts';
export { DEFAULT_DEDICATED_COLUMNS } from './tempo-dedicated-columns.ts';
export { BLOCK_ID, writeBlock, type WrittenBlock } from './written-block.ts';
