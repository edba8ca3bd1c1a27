export { haveTempoBlocks, openTempoBlock, type TempoBlock } from './tempo-blocks.ts';
export { BLOCK_ID, writeBlock, type WrittenBlock } from './written-block.ts';
