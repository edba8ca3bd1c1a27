import { describe, expect, it } from '@jest/globals';
import { assignedDedicatedColumns } from './dedicated-column.ts';
import type { DedicatedColumn } from './dedicated-column.ts';

const column = (name: string, other: Partial<DedicatedColumn> = {}): DedicatedColumn => ({
  scope: 'span',
  name,
  type: 'string',
  options: [],
  ...other,
});

describe('assignedDedicatedColumns', () => {
  it('leaves out what vParquet4 has no spare column for', () => {
    const configured = [
      column('http.url'),
      column('kept'),
      column('number', { type: 'int' }),
      column('blob', { options: ['blob'] }),
      column('of the resource', { scope: 'resource' }),
      column('service.name', { scope: 'resource' }),
      column('kept'),
      column('service.name'),
    ];
    const names = (scope: 'span' | 'resource') =>
      assignedDedicatedColumns(scope, configured).map(({ name }) => name);
    expect(names('span')).toEqual(['kept', 'service.name']);
    expect(names('resource')).toEqual(['of the resource']);
  });

  it('takes the first ten of a scope', () => {
    const configured = Array.from({ length: 12 }, (_, i) => column(`name ${i}`));
    expect(assignedDedicatedColumns('span', configured)).toEqual(configured.slice(0, 10));
  });
});
