export { createIngester, type CreateIngesterOptions, type IngesterModule } from './module.ts';
export {
  DEFAULT_INGESTER_CONFIG,
  ingesterConfigOf,
  limitsFrom,
  type IngesterConfig,
  type IngesterOverrides,
  type LimitsOf,
  type TenantLimits,
} from './config.ts';
export { DEFAULT_INGESTER_BOUNDS, type IngesterBounds } from './limits.ts';
