/**
 * What differs from Tempo's defaults when the process is started without a configuration file: it
 * must work at once, so that blocks have a place and OTLP is received over both protocols.
 */
import type { YamlValue } from './field.ts';

/** Name of this source in messages and `LoadedConfig.source`. */
export const SINGLE_PROCESS_SOURCE = 'built-in defaults for a single process';

/** Settings used in place of a configuration file. */
export const SINGLE_PROCESS_DEFAULTS = {
  // Grafana streams answers over gRPC on the HTTP port.
  stream_over_http_enabled: true,
  distributor: { receivers: { otlp: { protocols: { grpc: null, http: null } } } },
  storage: {
    trace: {
      backend: 'local',
      wal: { path: './data/wal' },
      local: { path: './data/blocks' },
    },
  },
} as const satisfies YamlValue;
