/**
 * Columns of a span batch from the leaves of a row group, or of some rows of it: decoded when they are
 * first looked at, taken from what earlier queries left behind where that is at hand.
 */
import type { DecodedColumn, FetchedColumns, RowSpan } from '@tempo-ts/parquet';
import { AssertionError } from '@tempo-ts/runtime';
import {
  lazyColumns,
  type AttributeTable,
  type BytesColumn,
  type BatchColumn,
  type Int64Column,
  type NamedColumn,
  type ServiceStatsTable,
  type StringColumn,
} from '@tempo-ts/span-batch';
import { describeBlockError } from '../open-block.ts';
import type { NamedLeaf, ReadPlan } from './column-paths.ts';
import { keyedBytes, takeParents, type KeyedAttributes } from './attributes-of-key.ts';
import { LeafColumns } from './leaf-columns.ts';
import { offsetsAtDepth } from './levels-to-offsets.ts';
import { readAttributes } from './read-attributes.ts';
import { readTraceIds } from './read-trace-ids.ts';
import type { RowGroupMemory } from './row-group-memory.ts';
import {
  readStructure,
  sliceStructure,
  spansOfTraces,
  structureBytes,
  type RowGroupStructure,
  type StructureSpans,
} from './row-group-structure.ts';
import { bytesOf, statsBytes, takeBytes, takeSpans, takeStats } from './take-rows.ts';
import { RESOURCE_PATH, SCOPE_PATH, SPAN_PATH } from './trace-schema.ts';

/** What batches are made of. */
export interface BatchSource {
  readonly blockId: string;
  readonly fetched: FetchedColumns;
  readonly plan: ReadPlan;
  /** What was asked for; anything else must not be looked at. */
  readonly columns: ReadonlySet<BatchColumn>;
  /** Where decoded columns of the whole row group are kept, if they are. */
  readonly memory?: RowGroupMemory;
}

/** Reads leaves of one row group, all rows of it or some. */
export class LeafReader {
  readonly #blockId: string;
  readonly #fetched: FetchedColumns;
  readonly #plan: ReadPlan;
  readonly #columns: ReadonlySet<BatchColumn>;
  readonly #rows: readonly RowSpan[] | undefined;
  readonly leaves: LeafColumns;
  readonly #memory: RowGroupMemory | undefined;
  /** Where the rows lie among those of the row group; undefined where that is not known. */
  #places: StructureSpans | undefined;
  /** Structure leaves, kept because their values may be asked for as well. */
  readonly #kept = new Map<string, DecodedColumn>();

  constructor(source: BatchSource, rows: readonly RowSpan[] | undefined) {
    this.#blockId = source.blockId;
    this.#fetched = source.fetched;
    this.#plan = source.plan;
    this.#columns = source.columns;
    this.#rows = rows;
    this.leaves = new LeafColumns(source.blockId);
    this.#memory = source.memory;
  }

  /** Trace ids and the way from traces to spans; call it first. */
  readStructure(): RowGroupStructure {
    const rows = this.#rows;
    if (rows && !this.#memory) {
      const ids = readTraceIds(this.#blockId, this.#fetched.decode('TraceID', rows));
      return readStructure(this.#blockId, ids, this.keep(this.#plan.spanStructure));
    }
    const readWhole = () => {
      const ids = readTraceIds(this.#blockId, this.#fetched.scan('TraceID'));
      return readStructure(this.#blockId, ids, this.#fetched.scan(this.#plan.spanStructure));
    };
    const whole = this.#memory?.get('structure', readWhole, structureBytes) ?? readWhole();
    if (!rows) return whole;
    this.#places = spansOfTraces(whole, rows);
    return sliceStructure(whole, this.#places);
  }

  /** Service statistics of the `count` traces. */
  serviceStats(count: number): ServiceStatsTable {
    const read = (decode: (path: string) => DecodedColumn, traceCount: number) => {
      const services = decode(`${STATS_PATH}.key`);
      const offsets = this.offsets(services, 1, traceCount);
      const rows = offsets[traceCount]!;
      return {
        offsets,
        services: this.leaves.strings(services, rows),
        spanCounts: this.leaves.int32(decode(`${STATS_PATH}.value.SpanCount`), rows),
        errorCounts: this.leaves.int32(decode(`${STATS_PATH}.value.ErrorCount`), rows),
      };
    };
    const memory = this.#memory;
    const places = this.#places?.traces;
    const isForMany = memory && places && places.length >= MANY_PLACES;
    if (!isForMany) return read((leaf) => this.decode(leaf), count);
    const readAll = () => read((leaf) => this.#fetched.scan(leaf), this.#fetched.rowCount);
    return takeStats(memory.get('serviceStats', readAll, statsBytes), places);
  }

  /** A column of its own for one attribute name. */
  named(leaf: NamedLeaf, count: number, table: keyof StructureSpans): NamedColumn {
    const { name, path } = leaf;
    if (leaf.type === 'string')
      return lazyColumns<Extract<NamedColumn, { type: 'string' }>>({
        name,
        type: 'string',
        strings: this.described(() =>
          this.#lazyStrings(path, table, () =>
            this.leaves.optionalStrings(this.decode(path), count),
          ),
        ),
      });
    const read = once(() => this.leaves.optionalInt64(this.decode(path), count));
    return lazyColumns<Extract<NamedColumn, { type: 'int' }>>({
      name,
      type: 'int',
      ints: this.described(() => read().ints),
      present: this.described(() => read().present),
    });
  }

  /** Required strings; without `table` those of events and links. */
  strings(
    column: BatchColumn,
    path: string,
    count: number,
    table?: keyof StructureSpans,
  ): () => StringColumn {
    return this.asked(column, () =>
      this.#lazyStrings(path, table, () => this.leaves.strings(this.required(path, table), count)),
    );
  }

  /** Whether a dictionary has a string is found out before any page of codes is decoded. */
  #lazyStrings(
    path: string,
    table: keyof StructureSpans | undefined,
    make: () => StringColumn,
  ): StringColumn {
    const decoded = once(make);
    const known = this.described(() => this.#fetched.dictionary(path));
    const codes = this.kept32(path, () => decoded().codes, table);
    return lazyColumns<StringColumn>({
      dictionary: () => known() ?? decoded().dictionary,
      // Codes of a dictionary that is made while decoding are of no use without it.
      codes: this.described(() => (known() ? codes() : decoded().codes)),
    });
  }

  /** Required 32-bit numbers. */
  int32(
    column: BatchColumn,
    path: string,
    count: number,
    table?: keyof StructureSpans,
  ): () => Int32Array {
    return this.asked(
      column,
      this.kept32(path, () => this.leaves.int32(this.required(path, table), count), table),
    );
  }

  /** Required 64-bit numbers of a table of the structure. */
  int64(path: string, table: keyof StructureSpans, count: number): Int64Column {
    const places = this.#places?.[table];
    const read = () => {
      const memory = this.#memory;
      if (!memory || !places || places.length < MANY_PLACES)
        return this.leaves.int64(this.required(path, table), count).words;
      const readAll = () => {
        const column = this.#fetched.scan(path);
        return this.leaves.int64(column, column.valueCount).words;
      };
      return takeSpans(
        memory.get(path, readAll, ({ byteLength }) => byteLength),
        places,
        2,
      );
    };
    return { words: this.kept32(path, read, table, 2)() };
  }

  /** Ids of spans. */
  bytes(path: string, count: number): BytesColumn {
    const places = this.#places?.spans;
    const memory = this.#memory;
    if (!memory || !places || places.length < MANY_PLACES)
      return this.leaves.bytes(this.required(path, 'spans'), count);
    const readAll = () => {
      const column = this.#fetched.scan(path);
      return this.leaves.bytes(column, column.valueCount);
    };
    return takeBytes(memory.get(path, readAll, bytesOf), places, count);
  }

  /**
   * Numbers of the whole row group are kept for the next query; those of some rows of `table` are
   * taken from there. There are `width` numbers per row.
   */
  kept32(
    key: string,
    make: () => Int32Array,
    table?: keyof StructureSpans,
    width = 1,
  ): () => Int32Array {
    const memory = this.#memory;
    if (!memory) return make;
    if (!this.#rows) return () => this.#remember(key, make, ({ byteLength }) => byteLength);
    const places = table && this.#places?.[table];
    if (!places) return make;
    return () => {
      const whole = memory.peekNumbers(key);
      return whole ? takeSpans(whole, places, width) : make();
    };
  }

  /** What belongs to the whole row group is kept. */
  #remember<T extends object>(key: string, make: () => T, sizeOf: (value: T) => number): T {
    return this.#memory && !this.#rows ? this.#memory.get(key, make, sizeOf) : make();
  }

  /** The attributes below `root`. */
  attributes(
    column: BatchColumn,
    root: string,
    parentDepth: number,
    parentCount: number,
  ): () => AttributeTable {
    return this.asked(column, () =>
      readAttributes({
        blockId: this.#blockId,
        leaves: this.leaves,
        decode: (path) => this.decode(path),
        dictionary: (path) => this.#fetched.dictionary(path),
        root,
        depth: parentDepth + 1,
        parentCount,
        described: (make) => this.described(make),
        keyed: (key, make) => this.#keyed(root, key, make),
        usedKeys: (make) => this.#remember(`${root}.Attrs/used`, make, ({ length }) => length),
      }),
    );
  }

  #keyed(root: string, key: Uint8Array, make: () => KeyedAttributes): KeyedAttributes {
    if (!this.#memory) return make();
    const name = `${root}.Attrs/${Buffer.from(key).toString('latin1')}`;
    if (!this.#rows) return this.#memory.get(name, make, keyedBytes);
    const whole = this.#memory.peekAttributes(name);
    const parents = this.#places?.[TABLE_OF_ROOT[root]!];
    return whole && parents ? takeParents(whole, parents) : make();
  }

  /** How to make a column; it must have been asked for. */
  asked<T>(column: BatchColumn, make: () => T): () => T {
    return this.described(() => {
      if (!this.#columns.has(column)) notAsked(column);
      return make();
    });
  }

  /** Damage that is met while decoding names the block. */
  described<T>(make: () => T): () => T {
    return () => {
      try {
        return make();
      } catch (error) {
        throw describeBlockError(this.#blockId, error);
      }
    };
  }

  /** See {@link offsetsAtDepth}. */
  offsets(column: DecodedColumn, depth: number, parentCount: number): Int32Array {
    return offsetsAtDepth(this.#blockId, column, depth, parentCount);
  }

  /** A decoded leaf that will be looked at again. */
  keep(path: string): DecodedColumn {
    const kept = this.#kept.get(path) ?? this.decode(path);
    this.#kept.set(path, kept);
    return kept;
  }

  /** A leaf that every row of `table` has: its levels need not be decoded. */
  required(path: string, table?: keyof StructureSpans): DecodedColumn {
    const picked = table && this.#places && this.#fetched.valuesAt(path, this.#places[table]);
    return picked ?? this.decode(path);
  }

  /** A leaf of the rows. */
  decode(path: string): DecodedColumn {
    const kept = this.#kept.get(path);
    if (kept) return kept;
    return this.#rows ? this.#fetched.decode(path, this.#rows) : this.#fetched.scan(path);
  }
}

const STATS_PATH = 'ServiceStats.key_value';

/** The tables of the structure that have attributes. */
const TABLE_OF_ROOT: Readonly<Record<string, keyof StructureSpans>> = {
  [RESOURCE_PATH]: 'resources',
  [SCOPE_PATH]: 'scopes',
  [SPAN_PATH]: 'spans',
};

/** So many places lie on most pages: all is decoded, and kept for the next query. */
const MANY_PLACES = 4;

/** Columns that were not fetched must not be looked at. */
export function notAsked(column: BatchColumn): never {
  throw new AssertionError(`column ${column} was not fetched`);
}

/** Makes a value when it is first asked for. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
