import { describe, expect, it } from '@jest/globals';
import { Router } from './http-server.ts';
import { RouteTable, routeLabel } from './route-table.ts';

function table(...paths: string[]): RouteTable {
  const router = Router();
  for (const path of paths) router.all(path, () => {});
  return new RouteTable([router]);
}

describe('RouteTable', () => {
  it('labels are the slugs that the dashboards select', () => {
    const labels: Readonly<Record<string, string>> = {
      '/api/traces/{traceID}': 'api_traces_traceid',
      '/api/v2/traces/{traceID}': 'api_v2_traces_traceid',
      '/api/search': 'api_search',
      '/api/search/tag/{tagName:.*}/values': 'api_search_tag_tagname_values',
      '/api/metrics/query_range': 'api_metrics_query_range',
      '/querier/api/v2/search/tag/{tagName:.*}/values': 'querier_api_v2_search_tag_tagname_values',
      '/ready': 'ready',
      '/': 'root',
    };
    for (const [template, label] of Object.entries(labels))
      expect(routeLabel(template)).toBe(label);
  });

  it('prints routes in the notation of Tempo, sorted, each once', () => {
    const routes = table(
      '/ready',
      '/api/traces/:traceID',
      '/api/search/tag/*tagName/values',
      '/ready',
    ).routes;
    expect(routes.map(({ template, pattern }) => [template, pattern])).toEqual([
      ['/api/search/tag/{tagName:.*}/values', '^/api/search/tag/(?P<v0>.*)/values$'],
      ['/api/traces/{traceID}', '^/api/traces/(?P<v0>[^/]+)$'],
      ['/ready', '^/ready$'],
    ]);
  });

  it('finds the template of a path: exact before pattern, never a partial match', () => {
    const routes = table(
      '/api/search/tag/*tagName/values',
      '/api/traces/:traceID',
      '/api/traces/x.y',
    );
    expect(routes.label('/api/traces/abc')).toBe('api_traces_traceid');
    expect(routes.label('/api/traces/x.y')).toBe('api_traces_x_y');
    expect(routes.label('/api/traces/xzy')).toBe('api_traces_traceid');
    expect(routes.label('/api/search/tag/a/b/values')).toBe('api_search_tag_tagname_values');
    for (const path of ['/api/traces/', '/api/traces/a/b', '/x/api/traces/a', ''])
      expect(routes.label(path)).toBe('notfound');
  });
});
