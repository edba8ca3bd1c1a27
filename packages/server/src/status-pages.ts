/**
 * What the process tells about itself over HTTP: /ready, /metrics, /status and its parts,
 * /api/status/buildinfo, /api/echo. Shapes and texts are Tempo's. The contents come from functions,
 * so that this file knows no component.
 */
import type { BuildInfo, MetricsRegistry } from '@tempo-ts/telemetry';
import { messageOf } from './error-mapping.ts';
import { HttpError } from './errors.ts';
import {
  sendText,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from './http-server.ts';
import { overridesPages, type OverridesStatus } from './overrides-pages.ts';
import { stateName, type ModuleState } from './readiness.ts';
import type { RouteTemplate } from './route-table.ts';
import { textTable } from './text-table.ts';

/** Which part of a configuration to print. */
export type ConfigView = 'all' | 'diff' | 'defaults';

/** The parts of the status pages that the process itself cannot know. */
export interface StatusContents {
  /** The configuration as a YAML document that starts with `---`, secrets masked. */
  readonly config: (view: ConfigView) => string;
  /** Default limits and per-tenant overrides in the same way; absent in a process without overrides. */
  readonly runtimeConfig?: (view: 'all' | 'diff') => string;
  readonly overrides?: OverridesStatus;
  /** The usage report as JSON text; absent when reporting is off. */
  readonly usageStats?: () => string;
}

export interface StatusPagesOptions extends StatusContents {
  readonly target: string;
  readonly buildInfo: BuildInfo;
  /** `http_api_prefix`: goes before /api and /status/usage-stats only. */
  readonly httpApiPrefix: string;
  readonly metrics: MetricsRegistry;
  readonly modules: () => readonly ModuleState[];
  readonly routes: () => readonly RouteTemplate[];
  readonly notReadyReason: () => string | undefined;
  readonly nowUnixMs: () => number;
  /** False leaves /metrics out. */
  readonly hasMetricsPage?: boolean;
}

/** Adds /ready and /metrics to `router`. */
export function addHealthPages(
  router: Router,
  options: Pick<StatusPagesOptions, 'metrics' | 'notReadyReason' | 'hasMetricsPage'>,
): void {
  router.all('/ready', (_request, response) => {
    const reason = options.notReadyReason();
    if (reason === undefined) sendText(response, 200, 'ready');
    else sendText(response, 503, reason);
  });
  if (options.hasMetricsPage === false) return;
  getOnly(router, '/metrics', async (_request, response) => {
    const body = await options.metrics.render();
    send(response, options.metrics.contentType, body);
  });
}

/** Adds the status pages to `router`. */
export function addStatusPages(router: Router, options: StatusPagesOptions): void {
  const { httpApiPrefix: prefix } = options;
  addHealthPages(router, options);
  router.all(`${prefix}/api/echo`, (_request, response) => sendText(response, 200, 'echo'));
  getOnly(router, `${prefix}/api/status/buildinfo`, (_request, response) => {
    const { version, revision, branch, buildUser, buildDate, goVersion } = options.buildInfo;
    const body = { version, revision, branch, buildUser, buildDate, goVersion };
    send(response, 'application/json', `${JSON.stringify(body)}\n`);
  });
  getOnly(router, `${prefix}/status/usage-stats`, (_request, response) => {
    const report = options.usageStats?.();
    if (report === undefined) sendText(response, 200, 'usage-stats is not enabled');
    else send(response, 'application/json', report);
  });
  if (options.overrides)
    overridesPages(options.overrides, options.nowUnixMs).forEach(([path, handler]) =>
      getOnly(router, path, handler),
    );
  getOnly(router, '/status', (request, response) => {
    const text = SECTIONS.map((name) => sectionText(name, request, options)).join('');
    send(response, 'text/plain', text);
  });
  getOnly(router, '/status/:endpoint', (request, response) => {
    const name = String(request.params['endpoint']);
    const section = SECTIONS.find((known) => known === name);
    if (!section)
      throw new HttpError(404, `unknown status endpoint "${name}", use: ${SECTIONS.join(', ')}`);
    send(response, 'text/plain', sectionText(section, request, options));
  });
}

const SECTIONS = ['version', 'services', 'endpoints', 'runtime_config', 'config'] as const;

function sectionText(
  name: (typeof SECTIONS)[number],
  request: Request,
  options: StatusPagesOptions,
): string {
  const mode = request.query['mode'];
  const text = {
    version: () => versionText(options.buildInfo),
    services: () => servicesText(options.modules()),
    endpoints: () => endpointsText(options.routes()),
    runtime_config: () => runtimeConfigText(mode, options),
    config: () => configText(mode, options),
  }[name]();
  return `GET /status/${name}\n${text}\n`;
}

function versionText(build: BuildInfo): string {
  return [
    `tempo, version ${build.version} (branch: ${build.branch}, revision: ${build.revision})`,
    `  build user:       ${build.buildUser}`,
    `  build date:       ${build.buildDate}`,
    `  go version:       ${build.goVersion}`,
    `  platform:         ${build.goOs}/${build.goArch}`,
    `  tags:             unknown`,
    '',
  ].join('\n');
}

function servicesText(modules: readonly ModuleState[]): string {
  const rows = modules.map(({ module, state, failure }) => [
    module.name,
    stateName(state),
    failure === undefined ? '' : messageOf(failure),
  ]);
  return textTable(
    [
      { header: 'SERVICE NAME', align: 'left' },
      { header: 'STATUS', align: 'right' },
      { header: 'FAILURE CASE', align: 'left' },
    ],
    rows.toSorted((a, b) => (a[0]! < b[0]! ? -1 : 1)),
  );
}

function endpointsText(routes: readonly RouteTemplate[]): string {
  return textTable(
    [
      { header: 'NAME', align: 'left' },
      { header: 'REGEX', align: 'left' },
    ],
    routes.map(({ template, pattern }) => [template, pattern]),
  );
}

function configText(mode: unknown, options: StatusPagesOptions): string {
  const view = mode === undefined || mode === '' ? 'all' : mode;
  if (view !== 'all' && view !== 'diff' && view !== 'defaults')
    throw new HttpError(500, `unknown config mode "${String(mode)}", use diff or defaults`);
  return options.config(view);
}

function runtimeConfigText(mode: unknown, options: StatusPagesOptions): string {
  if (!options.runtimeConfig) return `overrides module not loaded in ${options.target}\n`;
  return options.runtimeConfig(mode === 'diff' ? 'diff' : 'all');
}

/** A GET route that answers 405 without a body to every other method, as Tempo's router does. */
function getOnly(router: Router, path: string, handler: RequestHandler): void {
  router
    .route(path)
    .get(handler)
    .all((_request, response) => {
      response.statusCode = 405;
      response.end();
    });
}

function send(response: Response, contentType: string, body: string): void {
  response.setHeader('Content-Type', contentType);
  response.end(body);
}
