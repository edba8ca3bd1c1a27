/** Logs and counts a query: one line when it comes, one when it is answered, and Tempo's metrics. */
import { answerToError } from '@tempo-ts/server';
import type { LogFields } from '@tempo-ts/telemetry';
import type { SloConfig } from '../config.ts';
import type { QueryOperation } from '../metrics.ts';
import { tenantLabel, type QueryScope, type QueryServices } from '../query-services.ts';

export interface QueryDescription {
  /** `search`: the lines are `search request` and `search response`. */
  readonly name: string;
  readonly operation: QueryOperation;
  /** What was asked. */
  readonly fields: LogFields;
}

/** What a query cost. */
export interface QueryCost {
  readonly inspectedBytes: bigint;
  /** More about it, for the log. */
  readonly fields: LogFields;
}

/** Runs `query`; `costOf` tells what its answer cost. */
export async function observeQuery<T>(
  services: QueryServices,
  scope: QueryScope,
  description: QueryDescription,
  query: () => Promise<T>,
  costOf: (answer: T) => QueryCost,
): Promise<T> {
  const { clock, logger } = services;
  const { name, fields } = description;
  const startedMs = clock.monotonicMs();
  const common = { tenant: tenantLabel(scope), ...scope.headers, ...fields };
  logger.info(`${name} request`, common);
  const end = (statusCode: number, cost: QueryCost, error?: unknown) => {
    const seconds = (clock.monotonicMs() - startedMs) / 1000;
    count(services, scope, description.operation, { seconds, statusCode, cost });
    logger.info(`${name} response`, {
      ...common,
      ...cost.fields,
      duration_seconds: seconds,
      request_throughput: throughput(cost, seconds),
      inspected_bytes: cost.inspectedBytes,
      status_code: statusCode,
      ...(error === undefined ? {} : { error }),
    });
  };
  try {
    const answer = await query();
    end(200, costOf(answer));
    return answer;
  } catch (error) {
    end(answerToError(error, 'query').httpStatus, { inspectedBytes: 0n, fields: {} }, error);
    throw error;
  }
}

interface Outcome {
  readonly seconds: number;
  readonly statusCode: number;
  readonly cost: QueryCost;
}

const CANCELED = 499;

function count(
  { metrics, config }: QueryServices,
  scope: QueryScope,
  operation: QueryOperation,
  outcome: Outcome,
): void {
  const { seconds, statusCode, cost } = outcome;
  const labels = { tenant: tenantLabel(scope), op: operation };
  const result = statusCode === CANCELED ? 'canceled' : 'completed';
  metrics.queries.inc({ ...labels, result });
  if (isWithinSlo(sloOf(config, operation), outcome))
    metrics.queriesWithinSlo.inc({ ...labels, result });
  if (statusCode !== 200) return;
  metrics.bytesInspected.inc(labels, Number(cost.inspectedBytes));
  metrics.bytesProcessedPerSecond.observe(labels, throughput(cost, seconds));
}

function sloOf(config: QueryServices['config'], operation: QueryOperation): SloConfig {
  switch (operation) {
    case 'traces':
      return config.trace_by_id;
    case 'search':
      return config.search;
    case 'metadata':
      return config.search.metadata_slo;
    case 'metrics':
      return config.metrics;
  }
}

function isWithinSlo(slo: SloConfig, { seconds, statusCode, cost }: Outcome): boolean {
  if (statusCode >= 500) return false;
  const { duration_slo: durationMs, throughput_bytes_slo: bytesPerSecond } = slo;
  if (statusCode !== 200 || (durationMs === 0 && bytesPerSecond === 0)) return true;
  if (durationMs > 0 && seconds * 1000 < durationMs) return true;
  return bytesPerSecond > 0 && throughput(cost, seconds) >= bytesPerSecond;
}

function throughput({ inspectedBytes }: QueryCost, seconds: number): number {
  return seconds > 0 ? Number(inspectedBytes) / seconds : 0;
}
