export {
  createMetricsGenerator,
  type GeneratorOverrides,
  type MetricsGeneratorOptions,
} from './module.ts';
export { InvalidSettingError } from './check-settings.ts';
