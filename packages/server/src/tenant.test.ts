import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createTenantResolver, TenantError, validTenant } from './tenant.ts';

const on = createTenantResolver({ multitenancyEnabled: true });
const off = createTenantResolver({ multitenancyEnabled: false });
const alone = createTenantResolver({ multitenancyEnabled: true, multiTenantQueriesEnabled: false });

/** What a call throws, as code and text. */
function refusal(call: () => unknown): readonly [string, string] | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return error instanceof TenantError ? [error.code, error.message] : ['other', String(error)];
  }
}

const character = fc.constantFrom(..."abcxyzABCXYZ0123456789!-_.*'()".split(''));
const tenant = fc
  .string({ unit: character, minLength: 1, maxLength: 150 })
  .filter((text) => text !== '.' && text !== '..');

describe('tenants', () => {
  it('without multitenancy the header is ignored, whatever it holds', () => {
    for (const header of [undefined, '', 'a', 'a|b', 'not / valid']) {
      expect(off.single(header)).toBe('single-tenant');
      expect(off.forQuery(header)).toEqual(['single-tenant']);
    }
  });

  it('with multitenancy a missing or empty header is refused with "no org id"', () => {
    for (const header of [undefined, '']) {
      expect(refusal(() => on.single(header))).toEqual(['missing', 'no org id']);
      expect(refusal(() => on.forQuery(header))).toEqual(['missing', 'no org id']);
    }
  });

  it('invalid ids are refused with the texts of Tempo', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['.', "tenant ID is '.' or '..'"],
      ['..', "tenant ID is '.' or '..'"],
      ['a'.repeat(151), 'tenant ID is too long: max 150 characters'],
      ['a/b', "tenant ID 'a/b' contains unsupported character '/'"],
      ['a, b', "tenant ID 'a, b' contains unsupported character ','"],
      ['tenant💥', "tenant ID 'tenant💥' contains unsupported character '💥'"],
      ['a|b', "tenant ID 'a|b' contains unsupported character '|'"],
    ];
    for (const [header, text] of cases)
      expect(refusal(() => on.single(header))).toEqual(['invalid', text]);
    expect(refusal(() => alone.forQuery('a|b'))).toEqual(['invalid', cases.at(-1)![1]]);
  });

  it('every allowed id is taken as it is', () => {
    fc.assert(
      fc.property(tenant, (id) => {
        expect(on.single(id)).toBe(id);
        expect(on.forQuery(id)).toEqual([id]);
        expect(validTenant(id)).toBe(id);
      }),
    );
  });

  it('a query over several tenants gets each once, sorted, and any invalid one refuses it', () => {
    fc.assert(
      fc.property(fc.array(tenant, { minLength: 1, maxLength: 5 }), (ids) => {
        expect(on.forQuery([...ids, ...ids].join('|'))).toEqual([...new Set(ids)].toSorted());
      }),
    );
    expect(refusal(() => on.forQuery('a|b c'))?.[0]).toBe('invalid');
    expect(refusal(() => on.forQuery('a||b'))).toEqual(['missing', 'no org id']);
  });
});
