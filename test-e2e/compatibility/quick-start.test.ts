/** The configuration file of Tempo's documented quick start is taken unchanged. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { get } from '../harness/queries.ts';
import { repositoryRoot } from '../harness/tempo-process.ts';
import { findTestdata } from '../harness/testdata.ts';

const quickStart = findTestdata('tempo-quickstart.yaml');
const main = [
  '--conditions=@tempo-ts/source',
  '--disable-warning=ExperimentalWarning',
  join(repositoryRoot, 'services', 'all-in-one', 'src', 'main.ts'),
];

/** Its ports and folders are fixed: without root or with the ports taken it cannot run here. */
const canStart = quickStart !== undefined && process.getuid?.() === 0;
if (quickStart !== undefined && !canStart)
  process.stderr.write('skipped: starting the quick-start file needs root, for /var/tempo\n');

describe('the quick-start configuration', () => {
  let child: ChildProcess | undefined;
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'tempo-ts-quick-start-'));
  });
  afterAll(async () => {
    const running = child;
    if (running && running.exitCode === null) {
      const exited = new Promise((resolve) => running.once('exit', resolve));
      running.kill('SIGTERM');
      await exited;
    }
    rmSync(directory, { recursive: true, force: true });
  });

  (quickStart === undefined ? it.skip : it)('is verified with warnings only', () => {
    const verify = spawnSync(
      process.execPath,
      [...main, `-config.file=${quickStart}`, '-config.verify'],
      { encoding: 'utf8' },
    );
    expect({ status: verify.status, error: verify.error }).toEqual({ status: 1, error: undefined });
    expect(verify.stdout + verify.stderr).toMatch(/metrics_generator/);
  });

  (quickStart === undefined ? it.skip : it)(
    'names a misspelt key with path, line and suggestion',
    () => {
      const misspelt = join(directory, 'misspelt.yaml');
      const text = readFileSync(quickStart!, 'utf8').replace(
        'trace_idle_period',
        'trace_idel_period',
      );
      writeFileSync(misspelt, text);
      const line = text.split('\n').findIndex((row) => row.includes('trace_idel_period')) + 1;
      const start = spawnSync(process.execPath, [...main, `-config.file=${misspelt}`], {
        encoding: 'utf8',
      });
      expect(start.status).toBe(1);
      expect(start.stdout + start.stderr).toContain('ingester.trace_idel_period');
      expect(start.stdout + start.stderr).toContain(`misspelt.yaml:${line}:`);
      expect(start.stdout + start.stderr).toContain('trace_idle_period');
    },
  );

  (canStart ? it : it.skip)('starts and answers the curl commands of the quick start', async () => {
    child = spawn(process.execPath, [...main, `-config.file=${quickStart}`], {
      cwd: directory,
      stdio: 'ignore',
    });
    const deadline = Date.now() + 20_000;
    let ready = 0;
    while (ready !== 200 && Date.now() < deadline && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      ready = (await fetch('http://127.0.0.1:3200/ready').catch(() => undefined))?.status ?? 0;
    }
    expect(ready).toBe(200);
    const nowNano = `${Math.floor(Date.now() / 1000)}000000000`;
    const pushed = await fetch('http://127.0.0.1:4318/v1/traces', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        resourceSpans: [
          {
            resource: {
              attributes: [{ key: 'service.name', value: { stringValue: 'quick-start' } }],
            },
            scopeSpans: [
              {
                spans: [
                  {
                    traceId: '5b8efff798038103d269b633813fc60d',
                    spanId: 'eee19b7ec3c1b174',
                    name: 'hello',
                    startTimeUnixNano: nowNano,
                    endTimeUnixNano: nowNano,
                  },
                ],
              },
            ],
          },
        ],
      }),
    });
    expect(pushed.status).toBe(200);
    const search = await get('http://127.0.0.1:3200/api/search', {
      tags: 'service.name=quick-start',
    });
    expect(JSON.stringify(search.json)).toContain('5b8efff798038103d269b633813fc60d');
  });
});
