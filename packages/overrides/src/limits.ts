/** The limits that hold for a tenant: its entry of the per-tenant file, completed where it may be. */
import type { Limits } from '@tempo-ts/config';

export type { Limits } from '@tempo-ts/config';

/**
 * `entry` of the per-tenant file with what falls back to the defaults. Everything else the entry
 * leaves out stays zero, as in Tempo: an entry replaces the defaults. Sources: the rate strategy is
 * one for all tenants; the settings of native histograms make no sense as zero.
 */
export function completeLimits(entry: Limits, defaults: Limits): Limits {
  const generator = entry.metrics_generator;
  const fallback = defaults.metrics_generator;
  return {
    ...entry,
    ingestion: { ...entry.ingestion, rate_strategy: defaults.ingestion.rate_strategy },
    metrics_generator: {
      ...generator,
      generate_native_histograms:
        generator.generate_native_histograms || fallback.generate_native_histograms,
      native_histogram_bucket_factor:
        generator.native_histogram_bucket_factor || fallback.native_histogram_bucket_factor,
      native_histogram_max_bucket_number:
        generator.native_histogram_max_bucket_number || fallback.native_histogram_max_bucket_number,
      native_histogram_min_reset_duration:
        generator.native_histogram_min_reset_duration ||
        fallback.native_histogram_min_reset_duration,
    },
  };
}
