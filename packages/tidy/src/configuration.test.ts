/** Rules about docs/configuration.md, which is generated from the declarations of the keys. */
import { describe, expect, it } from '@jest/globals';
import { listFiles, readText } from './repository.ts';

/** Keys that work without being read by name outside packages/config, with the reason. */
const SETTLED_WITHIN_CONFIG: Readonly<Record<string, string>> = {
  auth_enabled: 'becomes multitenancy_enabled while the configuration is settled',
  'usage_report.reporting_enabled': 'nothing is ever reported, whatever it says',
};

/** Paths of the keys that are said to work. */
function workingKeys(): string[] {
  const rows = readText('docs/configuration.md').matchAll(
    /^\| `([^`]+)` \| .* \| works \| .* \|$/gm,
  );
  // Rows such as `server.grpc_tls_config.*` point at keys that are described elsewhere.
  return [...rows].map((match) => match[1]!).filter((path) => !path.endsWith('*'));
}

/** Every word of the code that runs, but for that which declares the keys. */
function wordsOfCode(): Set<string> {
  const words = new Set<string>();
  for (const path of listFiles()) {
    if (!/^(packages|services)\/.*\.ts$/.test(path)) continue;
    if (/^packages\/(config|contracts|tidy)\//.test(path)) continue;
    if (/\.(test|bench)\.ts$|\/testing\//.test(path)) continue;
    for (const [word] of readText(path).matchAll(/\w+/g)) words.add(word);
  }
  return words;
}

describe('configuration', () => {
  it('a key that is said to work is read by the code', () => {
    const words = wordsOfCode();
    const keys = workingKeys();
    expect(keys.length).toBeGreaterThan(100);
    const unread = keys.filter((path) => {
      const name = path.split('.').at(-1)!.replace(/\W.*$/, '');
      return !words.has(name) && !(path in SETTLED_WITHIN_CONFIG);
    });
    expect(unread).toEqual([]);
  });
});
