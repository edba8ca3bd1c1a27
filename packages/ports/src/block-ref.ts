/** What a reader must know of a block to open it without asking the object store. */
import type { TenantId } from './tenant.ts';

/** An attribute name with a column of its own; order within scope and type is the column's number. */
export interface BlockDedicatedColumn {
  readonly scope: 'resource' | 'span' | 'event';
  readonly name: string;
  readonly type: 'string' | 'int';
  readonly options: readonly ('array' | 'blob')[];
}

export interface BlockRef {
  readonly tenant: TenantId;
  /** Lower-case UUID. */
  readonly blockId: string;
  /** `vParquet3`, `vParquet4`, `vParquet5`. */
  readonly format: string;
  /** Exact length of data.parquet. */
  readonly sizeBytes: number;
  /** Length of the Parquet footer; 0 when not known. */
  readonly footerSizeBytes: number;
  readonly rowGroupCount: number;
  readonly traceCount: number;
  readonly bloomShardCount: number;
  readonly dedicatedColumns: readonly BlockDedicatedColumn[];
  readonly startUnixMs: number;
  readonly endUnixMs: number;
}
