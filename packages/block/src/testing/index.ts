export { haveTempoBlocks, openTempoBlock, type TempoBlock } from './tempo-blocks.ts';
