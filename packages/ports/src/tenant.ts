/** Whose data it is. */

declare const tenantBrand: unique symbol;

/** A validated tenant id (see packages/server tenant rules). */
export type TenantId = string & { readonly [tenantBrand]: true };

/** The only tenant when multitenancy is off. */
export const SINGLE_TENANT = 'single-tenant' as TenantId;
