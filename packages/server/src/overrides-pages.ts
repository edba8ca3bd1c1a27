/** /status/overrides and /status/overrides/{tenant}: JSON for programs, HTML for people. */
import type { Request, RequestHandler, Response } from './http-server.ts';

/** What the pages show; kept by the component that owns the overrides. */
export interface OverridesStatus {
  tenants(): readonly OverridesTenant[];
  tenant(name: string): TenantOverrides;
}

export interface OverridesTenant {
  readonly name: string;
  readonly hasRuntimeOverrides: boolean;
  readonly hasUserConfigurableOverrides: boolean;
}

export interface TenantOverrides {
  /** YAML; empty when the tenant has none. */
  readonly userConfigurableOverrides: string;
  /** YAML of the limits in force from the overrides file or the defaults. */
  readonly runtimeOverrides: string;
  readonly usesDefaultOrWildcardRuntimeOverrides: boolean;
}

/** Paths and their handlers. */
export function overridesPages(
  status: OverridesStatus,
  nowUnixMs: () => number,
): readonly (readonly [path: string, handler: RequestHandler])[] {
  const now = () => new Date(nowUnixMs()).toISOString();
  return [
    ['/status/overrides', (request, response) => sendTenants(status, now(), request, response)],
    [
      '/status/overrides/:tenant',
      (request, response) => sendTenant(status, now(), request, response),
    ],
  ];
}

function sendTenants(
  status: OverridesStatus,
  now: string,
  request: Request,
  response: Response,
): void {
  const tenants = status.tenants();
  if (wantsJson(request)) {
    const listed = tenants.map((tenant) => ({
      name: tenant.name,
      has_runtime_overrides: tenant.hasRuntimeOverrides,
      has_user_configurable_overrides: tenant.hasUserConfigurableOverrides,
    }));
    sendJson(response, { now, tenants: listed });
    return;
  }
  const rows = tenants.map((tenant) => {
    const link = `overrides/${encodeURIComponent(tenant.name)}`;
    const cells = [
      `<a href="${link}">${escapeHtml(tenant.name)}</a>`,
      tenant.hasRuntimeOverrides ? 'yes' : 'no',
      tenant.hasUserConfigurableOverrides ? 'yes' : 'no',
    ];
    return `<tr><td>${cells.join('</td><td>')}</td></tr>`;
  });
  const head =
    '<tr><th>Tenant</th><th>Runtime overrides</th><th>User-configurable overrides</th></tr>';
  sendHtml(response, 'Overrides', now, `<table border="1">${head}${rows.join('')}</table>`);
}

function sendTenant(
  status: OverridesStatus,
  now: string,
  request: Request,
  response: Response,
): void {
  const tenant = String(request.params['tenant']);
  const overrides = status.tenant(tenant);
  if (wantsJson(request)) {
    sendJson(response, {
      now,
      tenant,
      user_configurable_overrides: overrides.userConfigurableOverrides,
      runtime_overrides: overrides.runtimeOverrides,
      using_default_or_wildcard_runtime_overrides: overrides.usesDefaultOrWildcardRuntimeOverrides,
    });
    return;
  }
  const origin = overrides.usesDefaultOrWildcardRuntimeOverrides
    ? ' (defaults or wildcard: nothing is set for this tenant)'
    : '';
  const body = [
    '<h2>User-configurable overrides</h2>',
    `<pre>${escapeHtml(overrides.userConfigurableOverrides)}</pre>`,
    `<h2>Runtime overrides${origin}</h2>`,
    `<pre>${escapeHtml(overrides.runtimeOverrides)}</pre>`,
  ];
  sendHtml(response, `Overrides of ${tenant}`, now, body.join('\n'));
}

function wantsJson(request: Request): boolean {
  return (request.headers.accept ?? '').includes('application/json');
}

function sendJson(response: Response, body: unknown): void {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(body));
}

function sendHtml(response: Response, title: string, now: string, body: string): void {
  const heading = escapeHtml(title);
  const page = [
    '<!DOCTYPE html>',
    `<html><head><meta charset="UTF-8"><title>${heading}</title></head>`,
    `<body><h1>${heading}</h1><p>Current time: ${now}</p>${body}</body></html>`,
    '',
  ];
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.end(page.join('\n'));
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
