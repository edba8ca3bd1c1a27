/** Makes sure that a file has the columns of vParquet4 before anything is read from it. */
import { describeColumns, type SchemaGroup } from '@tempo-ts/parquet';
import { CorruptBlockError } from '../errors.ts';
import { TRACE_SCHEMA } from './trace-schema.ts';

const EXPECTED = describeColumns(TRACE_SCHEMA);

/**
 * Checks names, types and levels of all leaves.
 *
 * @throws CorruptBlockError naming the first column that differs.
 */
export function checkTraceSchema(blockId: string, schema: SchemaGroup): void {
  const actual = describeColumns(schema);
  for (const [index, expected] of EXPECTED.entries()) {
    const column = actual[index];
    const isSame =
      column?.path === expected.path &&
      column.leaf.physical === expected.leaf.physical &&
      column.maxRepetitionLevel === expected.maxRepetitionLevel &&
      column.maxDefinitionLevel === expected.maxDefinitionLevel;
    if (!isSame)
      throw new CorruptBlockError(
        blockId,
        `column ${index} of data.parquet is "${column?.path ?? 'missing'}" (${column?.leaf.physical ?? 'none'}) where vParquet4 has "${expected.path}" (${expected.leaf.physical})`,
      );
  }
  if (actual.length !== EXPECTED.length)
    throw new CorruptBlockError(
      blockId,
      `data.parquet has ${actual.length} columns where vParquet4 has ${EXPECTED.length}`,
    );
}
