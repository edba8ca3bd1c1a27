export {
  createDistributor,
  type Distributor,
  type DistributorOptions,
  type SpanReceiver,
} from './module.ts';
export type {
  DistributorConfig,
  IngestionLimits,
  IngestionOverrides,
  SpanLogConfig,
} from './config.ts';
export type { IngesterClient } from './send-to-ingesters.ts';
