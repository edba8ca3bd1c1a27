export {
  createDiscardedSpans,
  DISCARD_REASONS,
  type DiscardedSpans,
  type DiscardReason,
} from './discarded-spans.ts';
export type { Limits } from './limits.ts';
export {
  createOverrides,
  WILDCARD_TENANT,
  type Overrides,
  type OverridesOptions,
  type TenantOverridesStatus,
} from './overrides.ts';
