export {
  LATER_PARTS,
  describeAvailability,
  type Availability,
  type LaterPart,
} from './availability.ts';
export { runsEverything } from './config-warnings.ts';
export { parseFlags, flagNames, type ProcessFlags } from './flags.ts';
export { loadConfig, type LoadConfigOptions, type LoadedConfig } from './load-config.ts';
export {
  parseTenantLimits,
  type ParseOverridesOptions,
  type TenantLimits,
} from './parse-overrides.ts';
export {
  ConfigError,
  formatProblem,
  type ConfigProblem,
  type ConfigProblemCode,
  type ConfigWarning,
} from './problem.ts';
export { renderConfig, type RenderMode } from './render-config.ts';
export { renderLimits, renderTenantLimits } from './render-limits.ts';
export { REDACTED, Secret } from './secret.ts';
export type { DedicatedColumnConfig } from './schema/dedicated-columns.ts';
export { limitsSchema, PROCESSORS, type Limits } from './schema/limits.ts';
export {
  effectiveReceivers,
  otlpReceivers,
  type JaegerReceiverConfig,
  type OtlpGrpcConfig,
  type OtlpHttpConfig,
  type OtlpReceiverConfig,
  type ReceiversConfig,
  type ZipkinReceiverConfig,
} from './schema/receivers.ts';
export { TARGETS, type Target, type TempoConfig } from './schema/tempo-config.ts';
export { formatWarning, verifyConfig } from './verify-config.ts';
