/** Starts worker threads from source (.ts) or from dist (.js) alike. */
import { Worker } from 'node:worker_threads';

/**
 * A worker thread that runs the module `name` (without extension) beside the module whose
 * `import.meta.url` is `parentUrl`.
 */
export function startWorker(
  name: string,
  options: { readonly parentUrl: string; readonly workerData?: unknown },
): Worker {
  const fromSource = options.parentUrl.endsWith('.ts');
  const url = new URL(`${name}${fromSource ? '.ts' : '.js'}`, options.parentUrl);
  return new Worker(url, {
    workerData: options.workerData,
    execArgv: fromSource
      ? ['--conditions=@tempo-ts/source', '--disable-warning=ExperimentalWarning']
      : [],
  });
}
