/** `-health`: asks a running process whether it is ready; for container health checks. */

/** Longest time the answer may take. */
const TIMEOUT_MS = 5_000;

/** The exit code: 0 when `url` answers 200. */
export async function checkHealth(url: string): Promise<0 | 1> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return response.status === 200 ? 0 : 1;
  } catch {
    return 1;
  }
}
