/** `compactor` and the compaction settings other components share. */
import { bool, duration, int, text } from '../scalar-fields.ts';
import { section } from '../composite-fields.ts';
import { workerRing } from './ring.ts';

const v2 = { noEffect: 'only used by blocks of version v2, which are not written' } as const;
const merging = { later: 'compaction' } as const;

/** How blocks are merged and removed. */
export function compactionSchema(options: { readonly later?: 'backendScheduler' } = {}) {
  return section(
    'How blocks are merged and removed.',
    {
      v2_in_buffer_bytes: int(5_242_880, 'Buffer for reading v2 blocks.', v2),
      v2_out_buffer_bytes: int(20_971_520, 'Buffer for writing v2 blocks.', v2),
      v2_prefetch_traces_count: int(1000, 'Traces read ahead from v2 blocks.', v2),
      compaction_window: duration('1h', 'Blocks ending in the same window are merged.', {
        min: 1,
        ...merging,
      }),
      max_compaction_objects: int(6_000_000, 'Most traces of a merged block.', merging),
      max_block_bytes: int(107_374_182_400, 'Largest merged block.', merging),
      block_retention: duration('336h', 'Age at which blocks are removed; 0 keeps them.'),
      compacted_block_retention: duration(
        '1h',
        'How long the objects of merged and removed blocks are kept.',
      ),
      retention_concurrency: int(10, 'Tenants handled at once.'),
      max_time_per_tenant: duration('5m', 'Longest time for one tenant in a row.', merging),
      compaction_cycle: duration('30s', 'Time between cycles.'),
    },
    options,
  );
}

/** `compactor`. */
export const compactorSchema = section('Merges blocks and removes old ones.', {
  disabled: bool(false, 'Do nothing.'),
  ring: workerRing('compactors'),
  compaction: compactionSchema(),
  override_ring_key: text('compactor', 'Key of the ring in its store.', { later: 'rings' }),
});
