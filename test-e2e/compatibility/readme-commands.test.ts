/** The commands of the README do what the README says. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { repositoryRoot, TempoProcess } from '../harness/tempo-process.ts';

const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');
const commands = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1]!.trim());
const curls = commands.filter((command) => command.startsWith('curl'));

describe('README', () => {
  let tempo: TempoProcess;
  beforeAll(async () => {
    tempo = await TempoProcess.start();
  });
  afterAll(() => tempo?.remove());

  /** Runs a command of the README against the ports of the test's process. */
  async function run(command: string): Promise<string> {
    const here = command
      .replaceAll('127.0.0.1:4318', `127.0.0.1:${tempo.ports.otlpHttp}`)
      .replaceAll('127.0.0.1:3200', `127.0.0.1:${tempo.ports.http}`);
    const { stdout } = await promisify(execFile)('sh', ['-c', here]);
    return stdout;
  }

  it('starts with the two commands', () => {
    expect(commands.slice(0, 2)).toEqual(['npm start', 'npm test']);
    const { scripts } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['start', 'test']));
  });

  it('sends a span with curl, reads it back by id and finds it with TraceQL', async () => {
    expect(curls).toHaveLength(3);
    const [send, read, search] = curls as [string, string, string];
    expect(await run(send)).toMatch(/^HTTP\/1\.1 200 /);
    const trace = JSON.parse(await run(read)) as { batches: unknown[] };
    expect(JSON.stringify(trace)).toContain('"name":"checkout"');
    const found = JSON.parse(await run(search)) as { traces: { traceID: string }[] };
    expect(found.traces.map(({ traceID }) => traceID)).toEqual([
      '5b8efff798038103d269b633813fc60c',
    ]);
  });
});
