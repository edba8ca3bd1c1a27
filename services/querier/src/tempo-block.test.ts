/** The worked examples, asked of a block that Tempo wrote of their data. */
import { describe, expect, it } from '@jest/globals';
import { BlockCache, blockSpansetSource, openBlock, toBlockRef } from '@tempo-ts/block';
import { haveTempoBlocks, openTempoBlock } from '@tempo-ts/block/testing';
import { answerExample, compareExample, examples } from '@tempo-ts/traceql-engine/testing';

const searches = examples().examples.filter(({ endpoint }) => endpoint === 'search');

(haveTempoBlocks() ? describe : describe.skip)('a block made by Tempo', () => {
  it('gives every example the answer that Tempo gave, or the clean one', async () => {
    const { meta, store } = await openTempoBlock('traceql-dataset-vparquet4');
    const cache = new BlockCache({ capacityBytes: 1_000_000 });
    const block = await openBlock({ ref: toBlockRef(meta), store, cache });
    for (const example of searches) {
      const answer = await answerExample(example, blockSpansetSource(block));
      const { wanted, got } = compareExample(example, answer);
      expect([example.query, got]).toEqual([example.query, wanted]);
    }
  });
});
