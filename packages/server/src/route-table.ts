/**
 * The HTTP routes of the process as templates: what `/status/endpoints` lists and what the `route`
 * label of the request metrics is made of. A label comes from the template, never from the path, or
 * every trace id would be a series of its own.
 */
import type { Router } from 'express';

/** One route. */
export interface RouteTemplate {
  /** In Tempo's notation: `/api/traces/{traceID}`, `/api/search/tag/{tagName:.*}/values`. */
  readonly template: string;
  /** As Tempo prints it: `^/api/traces/(?P<v0>[^/]+)$`. */
  readonly pattern: string;
  /** `api_traces_traceid`: runs of other characters than letters and digits become one `_`. */
  readonly label: string;
}

interface Entry extends RouteTemplate {
  readonly matcher: RegExp;
}

/** The label of a request whose path no route has. */
export const UNMATCHED_ROUTE_LABEL = 'notfound';

/** The routes added to `routers`, in order of addition. */
export class RouteTable {
  readonly #entries: readonly Entry[];
  readonly #exact: ReadonlyMap<string, string>;

  /** @param pathPrefix goes before every path of the routers. */
  constructor(routers: readonly Router[], pathPrefix = '') {
    const paths = routers.flatMap(pathsOf).map((path) => pathPrefix + path);
    this.#entries = [...new Set(paths)].map(entryOf);
    const exact = this.#entries.filter((entry) => !entry.template.includes('{'));
    this.#exact = new Map(exact.map((entry) => [entry.template, entry.label]));
  }

  /** Every route once, by template. */
  get routes(): readonly RouteTemplate[] {
    return this.#entries.toSorted((a, b) => (a.template < b.template ? -1 : 1));
  }

  /** The `route` label of a request for `path` (without query). */
  label(path: string): string {
    const exact = this.#exact.get(path);
    if (exact !== undefined) return exact;
    const entry = this.#entries.find((candidate) => candidate.matcher.test(path));
    return entry?.label ?? UNMATCHED_ROUTE_LABEL;
  }
}

/** The slug of a template: `/api/traces/{traceID}` is `api_traces_traceid`. */
export function routeLabel(template: string): string {
  const slug = template
    .replaceAll(':.*', '')
    .replaceAll(/[^a-zA-Z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '');
  return slug === '' ? 'root' : slug.toLowerCase();
}

function pathsOf(router: Router): string[] {
  const paths: string[] = [];
  for (const layer of router.stack) {
    const path: unknown = layer.route?.path;
    if (typeof path === 'string') paths.push(path);
  }
  return paths;
}

/** Translates a path of the router's notation (`:name`, `*name`). */
function entryOf(path: string): Entry {
  let template = '';
  let pattern = '';
  let expression = '';
  let captures = 0;
  for (const part of path.split(/([:*][A-Za-z_]\w*)/)) {
    const name = part.slice(1);
    if (part.startsWith(':')) {
      template += `{${name}}`;
      pattern += `(?P<v${captures}>[^/]+)`;
      expression += '[^/]+';
      captures += 1;
    } else if (part.startsWith('*')) {
      template += `{${name}:.*}`;
      pattern += `(?P<v${captures}>.*)`;
      expression += '.*';
      captures += 1;
    } else {
      const escaped = part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&');
      template += part;
      pattern += escaped;
      expression += escaped;
    }
  }
  return {
    template,
    pattern: `^${pattern}$`,
    label: routeLabel(template),
    matcher: new RegExp(`^${expression}$`),
  };
}
