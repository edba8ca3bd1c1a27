/**
 * Whose data a request is about: the rules of the `X-Scope-OrgID` header (gRPC metadata
 * `x-scope-orgid`). Texts and limits are Tempo's, letter by letter.
 */
import { SINGLE_TENANT, type TenantId } from '@tempo-ts/ports';

/** The HTTP header; gRPC metadata uses it in lower case. */
export const TENANT_HEADER = 'X-Scope-OrgID';

/** Longest tenant id, in characters. */
export const MAX_TENANT_ID_LENGTH = 150;

/** A request without a tenant, or with one that cannot be. */
export class TenantError extends Error {
  override readonly name = 'TenantError';
  readonly code: 'missing' | 'invalid';

  constructor(code: TenantError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Finds the tenants of requests. */
export interface TenantResolver {
  /**
   * The one tenant of a request that writes or that cannot span tenants.
   *
   * @param header the header's value as received; several values joined by a comma are refused.
   * @throws TenantError
   */
  single(header: string | undefined): TenantId;
  /**
   * The tenants of a query, sorted, each once: `b|a|b` asks for `a` and `b`. With multi-tenant
   * queries off the header is one tenant id, in which `|` is not allowed.
   *
   * @throws TenantError
   */
  forQuery(header: string | undefined): readonly TenantId[];
}

export interface TenantResolverOptions {
  /** `multitenancy_enabled`. When false the header is ignored: there is one tenant. */
  readonly multitenancyEnabled: boolean;
  /** `query_frontend.multi_tenant_queries_enabled`; true by default. */
  readonly multiTenantQueriesEnabled?: boolean;
}

/** The rules under these settings. */
export function createTenantResolver(options: TenantResolverOptions): TenantResolver {
  const severalAllowed = options.multiTenantQueriesEnabled ?? true;
  if (!options.multitenancyEnabled)
    return { single: () => SINGLE_TENANT, forQuery: () => [SINGLE_TENANT] };
  return {
    single: (header) => validTenant(present(header)),
    forQuery(header) {
      const value = present(header);
      if (!severalAllowed || !value.includes('|')) return [validTenant(value)];
      return [...new Set(value.split('|').map(validTenant))].toSorted();
    },
  };
}

function present(header: string | undefined): string {
  if (header === undefined || header === '') throw new TenantError('missing', 'no org id');
  return header;
}

/** `text` as a tenant id, or TenantError `invalid`. */
export function validTenant(text: string): TenantId {
  if (text === '') throw new TenantError('missing', 'no org id');
  const refused = /[^a-zA-Z0-9!\-_.*'()]/u.exec(text);
  if (refused) {
    const problem = `tenant ID '${text}' contains unsupported character '${refused[0]}'`;
    throw new TenantError('invalid', problem);
  }
  if (text.length > MAX_TENANT_ID_LENGTH) {
    const problem = `tenant ID is too long: max ${MAX_TENANT_ID_LENGTH} characters`;
    throw new TenantError('invalid', problem);
  }
  if (text === '.' || text === '..') throw new TenantError('invalid', "tenant ID is '.' or '..'");
  return text as TenantId;
}
