import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { renderReference } from './render-reference.ts';

describe('renderReference', () => {
  it('docs/configuration.md is up to date', () => {
    const path = fileURLToPath(new URL('../../../docs/configuration.md', import.meta.url));
    expect(readFileSync(path, 'utf8')).toBe(renderReference());
  });

  it('says type, default, status and meaning of a key', () => {
    expect(renderReference()).toContain(
      '| `ingester.max_block_duration` | duration | `30m0s` | works | Age at which the head becomes a block. |',
    );
    expect(renderReference()).toContain(
      '| `compactor.compaction.max_block_bytes` | whole number | `107374182400` | accepted (compaction) |',
    );
  });
});
