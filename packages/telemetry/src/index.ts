export {
  createLogger,
  silentLogger,
  type LogFields,
  type Logger,
  type LoggerOptions,
  type LogLevel,
} from './logger.ts';
export {
  createMetricsRegistry,
  type BoundCounter,
  type CounterMetric,
  type GaugeMetric,
  type HistogramMetric,
  type Labels,
  type MetricOptions,
  type MetricsRegistry,
} from './metrics-registry.ts';
export { buildInfo, registerBuildInfo, type BuildInfo } from './build-info.ts';
export { registerProcessMetrics } from './process-metrics.ts';
export { startTimer } from './start-timer.ts';
