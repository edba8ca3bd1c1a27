/** A real process of the product, on free loopback ports, with its data in a folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from './free-ports.ts';

export const repositoryRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** How long a process may take to answer /ready with 200. */
const READY_TIMEOUT_MS = 30_000;

export interface TempoOptions {
  /** YAML put below the harness's own; see `baseConfig` for what that sets. */
  readonly extraConfig?: string;
  /** More ingester settings, merged into the harness's `ingester:` block. */
  readonly ingester?: string;
  /** More `server` settings. */
  readonly server?: string;
  /** More `distributor` settings. */
  readonly distributor?: string;
  /** More settings of the OTLP receivers, in flow style: `tls: { cert_file: … }`. */
  readonly otlpGrpc?: string;
  readonly otlpHttp?: string;
  /** Status of GET /ready, for a process `fetch` cannot ask: one that speaks TLS. */
  readonly ready?: (ports: TempoPorts) => Promise<number>;
  /** Top-level blocks `overrides`, `distributor` receivers and the like replace the harness's. */
  readonly flags?: readonly string[];
}

export interface TempoPorts {
  readonly http: number;
  readonly grpc: number;
  readonly otlpGrpc: number;
  readonly otlpHttp: number;
}

/** Starts, stops and kills one process; its data survives until `remove`. */
export class TempoProcess {
  readonly ports: TempoPorts;
  readonly directory: string;
  #child: ChildProcess | undefined;
  readonly #options: TempoOptions;

  private constructor(ports: TempoPorts, directory: string, options: TempoOptions) {
    this.ports = ports;
    this.directory = directory;
    this.#options = options;
  }

  /** A started process that answers /ready. */
  static async start(options: TempoOptions = {}): Promise<TempoProcess> {
    const [http, grpc, otlpGrpc, otlpHttp] = (await freePorts(4)) as [
      number,
      number,
      number,
      number,
    ];
    const directory = mkdtempSync(join(tmpdir(), 'tempo-ts-e2e-'));
    const tempo = new TempoProcess({ http, grpc, otlpGrpc, otlpHttp }, directory, options);
    await tempo.restart();
    return tempo;
  }

  get url(): string {
    return `http://127.0.0.1:${this.ports.http}`;
  }

  get otlpHttpUrl(): string {
    return `http://127.0.0.1:${this.ports.otlpHttp}`;
  }

  get otlpGrpcUrl(): string {
    return `http://127.0.0.1:${this.ports.otlpGrpc}`;
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('the process is not running');
    return this.#child.pid;
  }

  get logFile(): string {
    return join(this.directory, 'tempo.log');
  }

  /** What the process has logged so far. */
  log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  /** Starts the process on its ports and data, and waits until it is ready. */
  async restart(): Promise<void> {
    mkdirSync(this.directory, { recursive: true });
    const configFile = join(this.directory, 'tempo.yaml');
    writeFileSync(configFile, this.#config());
    const log = openSync(this.logFile, 'a');
    this.#child = spawn(
      process.execPath,
      [
        '--conditions=@tempo-ts/source',
        '--disable-warning=ExperimentalWarning',
        join(repositoryRoot, 'services', 'all-in-one', 'src', 'main.ts'),
        `-config.file=${configFile}`,
        ...(this.#options.flags ?? []),
      ],
      { cwd: this.directory, stdio: ['ignore', log, log] },
    );
    closeSync(log);
    await this.#untilReady(this.#child);
  }

  /** Ends the process as an operator does; resolves with its exit code. */
  async stop(signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM'): Promise<number | null> {
    return this.#end(signal);
  }

  /** Ends the process as the kernel does, at whatever it is just doing. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Stops the process if it runs and deletes its data. */
  async remove(): Promise<void> {
    if (this.#child && this.#child.exitCode === null) await this.#end('SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (!child) return null;
    const exited = new Promise<number | null>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
      else child.once('exit', (code) => resolve(code));
    });
    child.kill(signal);
    const code = await exited;
    this.#child = undefined;
    return code;
  }

  async #untilReady(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while (Date.now() < deadline) {
      if (child.exitCode !== null) break;
      const ready = this.#options.ready ?? (async () => (await fetch(`${this.url}/ready`)).status);
      const status = await ready(this.ports).catch(() => undefined);
      if (status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`the process did not become ready; log ${this.logFile}:\n${this.log()}`);
  }

  #config(): string {
    const data = join(this.directory, 'data');
    return `server:
  http_listen_address: 127.0.0.1
  http_listen_port: ${this.ports.http}
  grpc_listen_address: 127.0.0.1
  grpc_listen_port: ${this.ports.grpc}
${this.#options.server ?? ''}
stream_over_http_enabled: true
distributor:
${this.#options.distributor ?? ''}
  receivers:
    otlp:
      protocols:
        grpc: { endpoint: "127.0.0.1:${this.ports.otlpGrpc}", max_recv_msg_size_mib: 16, ${this.#options.otlpGrpc ?? ''} }
        http: { endpoint: "127.0.0.1:${this.ports.otlpHttp}", ${this.#options.otlpHttp ?? ''} }
ingester:
  trace_idle_period: 1s
  flush_check_period: 1s
${this.#options.ingester ?? ''}
compactor:
  compaction: { block_retention: 876000h }
storage:
  trace:
    backend: local
    wal: { path: ${join(data, 'wal')}, ingestion_time_range_slack: 876000h }
    local: { path: ${join(data, 'blocks')} }
${this.#options.extraConfig ?? ''}
`;
  }
}
