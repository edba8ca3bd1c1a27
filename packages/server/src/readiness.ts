/** Whether the process can serve, in the words and the order of Tempo's `/ready`. */
import type { ServiceModule, ServiceState } from './service-module.ts';

/** A module and the state the process keeps for it. */
export interface ModuleState {
  readonly module: ServiceModule;
  readonly state: ServiceState;
  /** Why it is `failed`. */
  readonly failure?: unknown;
}

const STATE_NAMES: Readonly<Record<ServiceState, string>> = {
  new: 'New',
  starting: 'Starting',
  running: 'Running',
  stopping: 'Stopping',
  terminated: 'Terminated',
  failed: 'Failed',
};

/** The state as Tempo prints it. */
export function stateName(state: ServiceState): string {
  return STATE_NAMES[state];
}

/** The text of the 503, or undefined when the process is ready. */
export function notReadyReason(
  modules: readonly ModuleState[],
  options: { readonly isStopping: boolean },
): string | undefined {
  if (options.isStopping) return 'Application is stopping';
  if (modules.some(({ state }) => state !== 'running')) {
    const counts = new Map<string, number>();
    for (const { state } of modules)
      counts.set(stateName(state), (counts.get(stateName(state)) ?? 0) + 1);
    const lines = [...counts].map(([name, count]) => `${name}: ${count}\n`);
    return `Some services are not Running:\n${lines.join('')}`;
  }
  for (const { module } of modules) {
    const reason = module.notReadyReason?.();
    if (reason !== undefined) return reason;
  }
  return undefined;
}
