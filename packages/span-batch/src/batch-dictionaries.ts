/**
 * The dictionaries of all string columns of a batch. Several builders may share one set (the chunks
 * of a head): then their batches are merged without translating codes.
 */
import { AttributeKeys } from './attribute-keys.ts';
import { ByteDictionary } from './byte-dictionary.ts';
import {
  RESOURCE_FIXED_COLUMNS,
  SPAN_FIXED_COLUMNS,
  assignedDedicatedColumns,
} from './dedicated-column.ts';
import type { DedicatedColumn } from './dedicated-column.ts';

/** Keys and string values of one kind of attributes. */
export interface AttributeDictionaries {
  readonly keys: AttributeKeys;
  readonly strings: ByteDictionary;
}

/** A column for one attribute name; without a dictionary it holds integers. */
export interface NamedDictionary {
  readonly name: string;
  readonly dictionary: ByteDictionary | undefined;
}

export interface BatchDictionariesOptions {
  readonly dedicatedColumns: readonly DedicatedColumn[];
  /** A random 32-bit number, so that senders cannot choose strings that collide. */
  readonly seed?: number;
}

export class BatchDictionaries {
  /** What the hashes of all dictionaries begin with. */
  readonly seed: number;
  readonly serviceNames: ByteDictionary;
  readonly resourceColumns: readonly NamedDictionary[];
  readonly resourceAttributes: AttributeDictionaries;
  readonly scopeNames: ByteDictionary;
  readonly scopeVersions: ByteDictionary;
  readonly scopeAttributes: AttributeDictionaries;
  readonly spanNames: ByteDictionary;
  readonly spanTraceStates: ByteDictionary;
  readonly spanStatusMessages: ByteDictionary;
  readonly spanColumns: readonly NamedDictionary[];
  readonly spanAttributes: AttributeDictionaries;
  readonly eventNames: ByteDictionary;
  readonly eventAttributes: AttributeDictionaries;
  readonly linkTraceStates: ByteDictionary;
  readonly linkAttributes: AttributeDictionaries;

  constructor(options: BatchDictionariesOptions) {
    this.seed = options.seed ?? 0;
    const resourceNames = columnNames('resource', RESOURCE_FIXED_COLUMNS, options.dedicatedColumns);
    const spanNames = columnNames('span', SPAN_FIXED_COLUMNS, options.dedicatedColumns);
    this.serviceNames = this.#dictionary();
    this.resourceColumns = resourceNames.map((name) => ({ name, dictionary: this.#dictionary() }));
    this.resourceAttributes = this.#attributes(['service.name', ...resourceNames]);
    this.scopeNames = this.#dictionary();
    this.scopeVersions = this.#dictionary();
    this.scopeAttributes = this.#attributes([]);
    this.spanNames = this.#dictionary();
    this.spanTraceStates = this.#dictionary();
    this.spanStatusMessages = this.#dictionary();
    this.spanColumns = spanNames.map((name) => ({
      name,
      dictionary: name === 'http.status_code' ? undefined : this.#dictionary(),
    }));
    this.spanAttributes = this.#attributes(spanNames);
    this.eventNames = this.#dictionary();
    this.eventAttributes = this.#attributes([]);
    this.linkTraceStates = this.#dictionary();
    this.linkAttributes = this.#attributes([]);
  }

  /** Memory in use by the dictionaries, their indexes included. */
  get approximateBytes(): number {
    let bytes = 0;
    for (const dictionary of [
      this.serviceNames,
      this.scopeNames,
      this.scopeVersions,
      this.spanNames,
      this.spanTraceStates,
      this.spanStatusMessages,
      this.eventNames,
      this.linkTraceStates,
    ])
      bytes += dictionary.approximateBytes;
    for (const columns of [this.resourceColumns, this.spanColumns])
      for (const { dictionary } of columns) bytes += dictionary?.approximateBytes ?? 0;
    for (const { keys, strings } of [
      this.resourceAttributes,
      this.scopeAttributes,
      this.spanAttributes,
      this.eventAttributes,
      this.linkAttributes,
    ])
      bytes += keys.approximateBytes + strings.approximateBytes;
    return bytes;
  }

  #dictionary(): ByteDictionary {
    return new ByteDictionary(this.seed);
  }

  #attributes(columns: readonly string[]): AttributeDictionaries {
    return { keys: new AttributeKeys(columns, this.seed), strings: this.#dictionary() };
  }
}

function columnNames(
  scope: 'resource' | 'span',
  fixed: readonly string[],
  dedicatedColumns: readonly DedicatedColumn[],
): readonly string[] {
  return [...fixed, ...assignedDedicatedColumns(scope, dedicatedColumns).map(({ name }) => name)];
}
