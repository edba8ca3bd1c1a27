/** Runs the jobs of one query: through the queue, repeated when they fail, stopped when enough is known. */
import { QueryError, type QueryJob, type QueryJobResults } from '@tempo-ts/ports';
import type { QueryServices } from '../query-services.ts';

type JobOf<K extends QueryJob['kind']> = Extract<QueryJob, { kind: K }>;

export interface RunJobsOptions<K extends QueryJob['kind']> {
  /** Most jobs of the query in the queue at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /**
   * Takes a result; `index` is the job's place in the list. Returns true when no further job is
   * needed.
   */
  readonly onResult: (result: QueryJobResults[K], index: number) => boolean;
}

/**
 * Runs `jobs`, starting them in order. Resolves when all are done or `onResult` had enough; jobs that
 * still run are then aborted. The first job that fails for good ends the query with its error.
 */
export async function runJobs<K extends QueryJob['kind']>(
  services: QueryServices,
  jobs: readonly JobOf<K>[],
  options: RunJobsOptions<K>,
): Promise<void> {
  const rest = new AbortController();
  const signal = AbortSignal.any([options.signal, rest.signal]);
  let next = 0;
  let isDone = false;
  const work = async (): Promise<void> => {
    while (next < jobs.length && !isDone) {
      const index = next;
      next += 1;
      const result = await runJob(services, jobs[index]!, signal);
      // A result that comes when the query has ended is of no use to anybody.
      if (isDone) return;
      if (options.onResult(result, index)) isDone = true;
    }
    if (isDone) rest.abort();
  };
  const workers = Array.from({ length: Math.min(options.concurrency, jobs.length) }, work);
  try {
    await Promise.all(workers);
  } catch (error) {
    if (!isDone) throw error;
  } finally {
    isDone = true;
    rest.abort();
    await Promise.allSettled(workers);
  }
}

/** Attempts until one succeeds, the query is at fault, the signal is aborted, or none is left. */
async function runJob<K extends QueryJob['kind']>(
  { queue, executor, config, metrics }: QueryServices,
  job: JobOf<K>,
  signal: AbortSignal,
): Promise<QueryJobResults[K]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const result = await queue.run(job.tenant, () => executor.execute<K>(job, signal), signal);
      metrics.retries.observe({}, attempt - 1);
      return result;
    } catch (error) {
      const isFinal = error instanceof QueryError || signal.aborted;
      if (isFinal || attempt >= config.max_retries) throw error;
    }
  }
}
