import { describe, expect, it } from '@jest/globals';
import { QueryError, SINGLE_TENANT, type QueryJob } from '@tempo-ts/ports';
import { testWorld } from '../testing/query-world.ts';
import { runJobs } from './run-jobs.ts';

type FindJob = Extract<QueryJob, { kind: 'find-recent-trace' }>;

const job = (name: number): FindJob => ({
  kind: 'find-recent-trace',
  tenant: SINGLE_TENANT,
  traceId: Uint8Array.of(name),
  plannedBlocks: new Set(),
});
const nameOf = (executed: QueryJob) => (executed as FindJob).traceId[0]!;
const signal = new AbortController().signal;
const options = { concurrency: 2, signal, onResult: () => false };

describe('runJobs', () => {
  it('runs every job once and says which one a result belongs to', async () => {
    const { services, jobs } = testWorld({
      execute: (executed) => ({ inspectedBytes: nameOf(executed) }),
    });
    const results: number[] = [];
    await runJobs<FindJob['kind']>(services, [job(5), job(6), job(7)], {
      ...options,
      onResult: ({ inspectedBytes }, index) => {
        results[index] = inspectedBytes;
        return false;
      },
    });
    expect(results).toEqual([5, 6, 7]);
    expect(jobs).toHaveLength(3);
  });

  it('repeats a failed attempt, as often as configured', async () => {
    let attempts = 0;
    const world = testWorld({
      execute: () => {
        attempts += 1;
        if (attempts < 3) throw new Error('worker died');
        return { inspectedBytes: 1 };
      },
      config: { max_retries: 3 },
    });
    await runJobs<FindJob['kind']>(world.services, [job(1)], options);
    expect(attempts).toBe(3);
    expect(await world.registry.value('tempo_query_frontend_retries', { le: 1 })).toBe(0);
    expect(await world.registry.value('tempo_query_frontend_retries', { le: 2 })).toBe(1);
    attempts = -10;
    await expect(runJobs<FindJob['kind']>(world.services, [job(1)], options)).rejects.toThrow(
      'worker died',
    );
    expect(attempts).toBe(-7);
  });

  it('does not repeat what the query is at fault for', async () => {
    const { services, jobs } = testWorld({
      execute: () => {
        throw new QueryError('unprocessable', 'no such thing');
      },
    });
    await expect(runJobs<FindJob['kind']>(services, [job(1)], options)).rejects.toThrow(
      'no such thing',
    );
    expect(jobs).toHaveLength(1);
  });

  it('the first failure ends the query: nothing else is started, what runs is aborted', async () => {
    const aborted: number[] = [];
    const { services, jobs } = testWorld({
      execute: (executed, jobSignal) => {
        if (nameOf(executed) === 2) throw new QueryError('invalid', 'bad');
        return new Promise((_resolve, reject) =>
          jobSignal.addEventListener('abort', () => {
            aborted.push(nameOf(executed));
            reject(new Error('aborted'));
          }),
        );
      },
    });
    const all = [job(1), job(2), job(3)];
    await expect(runJobs<FindJob['kind']>(services, all, options)).rejects.toThrow('bad');
    expect(aborted).toEqual([1]);
    expect(jobs).toHaveLength(2);
  });

  it('enough is enough: later jobs are not started, running ones are aborted, late results dropped', async () => {
    let answerLate: (() => void) | undefined;
    const { services, jobs } = testWorld({
      execute: (executed) =>
        nameOf(executed) === 1
          ? { inspectedBytes: 1 }
          : new Promise((resolve) => (answerLate = () => resolve({ inspectedBytes: 2 }))),
    });
    const results: number[] = [];
    const done = runJobs<FindJob['kind']>(services, [job(1), job(2), job(3)], {
      ...options,
      onResult: ({ inspectedBytes }) => {
        results.push(inspectedBytes);
        setImmediate(() => answerLate?.());
        return true;
      },
    });
    await done;
    expect(results).toEqual([1]);
    expect(jobs).toHaveLength(2);
  });

  it('a client that goes away aborts its jobs', async () => {
    const controller = new AbortController();
    const { services } = testWorld({
      execute: (_job, jobSignal) =>
        new Promise((_resolve, reject) =>
          jobSignal.addEventListener('abort', () => reject(jobSignal.reason as Error)),
        ),
    });
    const running = runJobs<FindJob['kind']>(services, [job(1), job(2), job(3)], {
      ...options,
      signal: controller.signal,
    });
    controller.abort(new Error('client gone'));
    await expect(running).rejects.toThrow('client gone');
  });
});
