export {
  arbitraryRows,
  columnsOf,
  decodedEntries,
  entriesOf,
  NESTED_SCHEMA,
  type Entry,
  type PlainNode,
} from './nested-rows.ts';
