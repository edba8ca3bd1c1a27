/** Receivers as a configuration file gives them, so that tests meet real defaults. */
import { loadConfig, type ReceiversConfig } from '@tempo-ts/config';

/** `distributor.receivers` as it is after loading a file that holds `receivers` there. */
export function loadReceivers(receivers: unknown): ReceiversConfig {
  const file = {
    storage: { trace: { backend: 'local', local: { path: 'blocks' }, wal: { path: 'wal' } } },
    distributor: { receivers },
  };
  const { config } = loadConfig({
    args: ['-config.file=tempo.yaml'],
    readFile: () => JSON.stringify(file),
    env: {},
  });
  return config.distributor.receivers;
}
