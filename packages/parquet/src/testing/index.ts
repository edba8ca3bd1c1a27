export {
  arbitraryRows,
  columnsOf,
  decodedEntries,
  entriesOf,
  NESTED_SCHEMA,
  type Entry,
  type PlainNode,
} from './nested-rows.ts';
export { plainFooter, type PlainThrift, type PlainThriftStruct } from './plain-thrift.ts';
export { countRowsByWasm, rowsByWasm } from './rows-by-wasm.ts';
