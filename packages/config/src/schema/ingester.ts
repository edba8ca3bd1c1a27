/** `ingester`: recent traces and how they become blocks. */
import { bool, duration, int, text } from '../scalar-fields.ts';
import { section } from '../composite-fields.ts';
import { lifecyclerSchema, partitionRing } from './ring.ts';

/** `ingester`. */
export const ingesterSchema = section('Keeps recent traces and builds blocks.', {
  lifecycler: lifecyclerSchema,
  partition_ring: partitionRing('ingesters'),
  concurrent_flushes: int(4, 'Blocks completed or uploaded at once.', { min: 1 }),
  flush_check_period: duration('10s', 'Time between looks for idle traces and old heads.', {
    min: 1,
  }),
  flush_op_timeout: duration('5m', 'Longest duration of one completion or upload.'),
  trace_idle_period: duration('5s', 'A trace without new spans for this long is cut.'),
  trace_live_period: duration('30s', 'A trace is cut at this age even when spans still arrive.'),
  max_block_duration: duration('30m', 'Age at which the head becomes a block.', { min: 1 }),
  max_block_bytes: int(524_288_000, 'Size at which the head becomes a block.', { min: 1 }),
  complete_block_timeout: duration('15m', 'How long a block is kept locally after its upload.'),
  override_ring_key: text('ring', 'Key of the ring in its store.', { later: 'rings' }),
  flush_all_on_shutdown: bool(false, 'Upload everything before the process ends.'),
  flush_object_storage: bool(true, 'Upload blocks; false keeps them here only.'),
});
