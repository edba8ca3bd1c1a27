/**
 * `pnpm bench [--spans 500000] [--seed 11]`: loads a fresh process over OTLP/gRPC, waits until the
 * block is written, asks the battery, and writes what it cost to docs/performance.md.
 */
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { get } from '../harness/queries.ts';
import { repositoryRoot, TempoProcess } from '../harness/tempo-process.ts';
import { cpuSeconds, peakMemoryMb } from './process-usage.ts';
import { runBattery, type BatteryResult } from './query-battery.ts';
import { sendLoad } from './send-load.ts';
import { shopWorkload, type Workload } from './shop-workload.ts';

interface IngestFigures {
  readonly receivingCpu: number;
  readonly storedCpu: number;
  readonly peakMemoryMb: number;
  readonly blockBytesPerSpan: number;
  readonly spansPerSecond: number;
}

const { values } = parseArgs({
  options: {
    spans: { type: 'string', default: '500000' },
    seed: { type: 'string', default: '11' },
    repetitions: { type: 'string', default: '10' },
  },
});

const workload = shopWorkload({
  spanCount: Number(values.spans),
  seed: Number(values.seed),
  endUnixSeconds: Math.floor(Date.now() / 1000),
});
const tempo = await TempoProcess.start({
  extraConfig: `overrides:
  defaults:
    ingestion: { rate_limit_bytes: 1000000000, burst_size_bytes: 1000000000, max_traces_per_user: 0 }`,
});
try {
  const ingest = await measureIngest(tempo, workload);
  const battery = await runBattery(tempo, workload, Number(values.repetitions));
  const report = render(workload, ingest, battery);
  writeFileSync(join(repositoryRoot, 'docs', 'performance.md'), report);
  process.stdout.write(report);
} finally {
  await tempo.remove();
}

async function measureIngest(target: TempoProcess, load: Workload): Promise<IngestFigures> {
  const cpuBefore = cpuSeconds(target.pid);
  const start = performance.now();
  const { accepted } = await sendLoad(target.otlpGrpcUrl, load.requests);
  if (accepted !== load.requests.length) throw new Error('not every request was accepted');
  const seconds = (performance.now() - start) / 1000;
  // Columns are made beside receiving: a search is answered after all of them.
  await get(`${target.url}/api/search`, { q: '{ name = "warm" }' });
  const received = cpuSeconds(target.pid) - cpuBefore;
  await fetch(`${target.url}/flush`, { method: 'POST' });
  const blockBytes = await storedBytes(target);
  const stored = cpuSeconds(target.pid) - cpuBefore;
  const millions = load.spanCount / 1e6;
  return {
    receivingCpu: received / millions,
    storedCpu: stored / millions,
    peakMemoryMb: peakMemoryMb(target.pid),
    blockBytesPerSpan: blockBytes / load.spanCount,
    spansPerSecond: load.spanCount / seconds,
  };
}

/** Bytes of all blocks in the object store, once there is one and no more comes for a second. */
async function storedBytes(target: TempoProcess): Promise<number> {
  let last = -1;
  for (let waited = 0; waited < 120; waited++) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const bytes = sizeOf(join(target.directory, 'data', 'blocks', 'single-tenant'));
    if (bytes > 0 && bytes === last) return bytes;
    last = bytes;
  }
  throw new Error('no block was stored within two minutes');
}

/** Bytes of data.parquet files whose block is complete. */
function sizeOf(directory: string): number {
  let bytes = 0;
  try {
    for (const block of readdirSync(directory)) {
      const files = readdirSync(join(directory, block));
      if (files.includes('meta.json'))
        bytes += statSync(join(directory, block, 'data.parquet')).size;
    }
  } catch {
    return bytes;
  }
  return bytes;
}

function render(load: Workload, ingest: IngestFigures, battery: BatteryResult): string {
  const rows = battery.figures.map(
    (f) =>
      `| ${f.title.replaceAll('|', '\\|')} | ${f.p50Ms.toFixed(1)} | ${f.cpuMs.toFixed(1)} | ${f.found} |`,
  );
  return `# Performance

Written by \`pnpm bench\`: ${load.spanCount} spans of ${load.traceCount} traces, ${(load.byteLength / load.spanCount).toFixed(0)} bytes each as OTLP, all components in
one process, replication factor 1, local disk, OTLP/gRPC with eight requests in flight, on a machine with
${cpus().length} cores (${cpus()[0]?.model}) and ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}. CPU is user and system time of the server
process. Times travel badly between machines; ratios measured in one run do better.

| Writing | |
|---|---|
| CPU seconds per million spans, received and searchable | ${ingest.receivingCpu.toFixed(1)} |
| CPU seconds per million spans, until the block is stored | ${ingest.storedCpu.toFixed(1)} |
| peak memory, MB | ${ingest.peakMemoryMb.toFixed(0)} |
| block bytes per span | ${ingest.blockBytesPerSpan.toFixed(1)} |
| spans per second | ${ingest.spansPerSecond.toFixed(0)} |

Sampled traces read back whole: ${battery.wholeTraces} of ${load.sample.length}.

| Query, over the stored block | p50 ms | CPU ms | found |
|---|---|---|---|
${rows.join('\n')}
`;
}
