/** Waiting for something that a test has caused and that happens on its own time. */
import { systemTimers } from '@tempo-ts/runtime';

/** Resolves once `condition` holds; the test's own time limit is the limit. */
export async function until(condition: () => unknown): Promise<void> {
  while (!(await condition())) await systemTimers.sleep(2);
}
