export { createIngester, type CreateIngesterOptions, type IngesterModule } from './module.ts';
export {
  DEFAULT_INGESTER_CONFIG,
  type IngesterConfig,
  type LimitsOf,
  type TenantLimits,
} from './config.ts';
export { DEFAULT_INGESTER_BOUNDS, ingesterBoundsFor, type IngesterBounds } from './limits.ts';
