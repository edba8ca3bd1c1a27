/** The header in front of each page. */
import { CorruptParquetError } from './errors.ts';
import { MAX_PAGE_BYTES, MAX_PAGE_VALUES } from './limits.ts';
import { ThriftReader, ThriftType } from './thrift-reader.ts';

export interface PageHeader {
  readonly kind: 'data-v1' | 'data-v2' | 'dictionary' | 'other';
  /** Entries, absent ones included. */
  readonly valueCount: number;
  /** Entries without a value; version 2 only. */
  readonly nullCount: number | undefined;
  /** Version 2 only. */
  readonly rowCount: number | undefined;
  readonly encoding: number;
  readonly uncompressedSizeBytes: number;
  readonly compressedSizeBytes: number;
  /** Version 2 only: lengths of the levels, which are not compressed. */
  readonly repetitionLevelsBytes: number;
  readonly definitionLevelsBytes: number;
  /** Version 2 only; true elsewhere. */
  readonly isCompressed: boolean;
  readonly crc: number | undefined;
  /** Where the page's body starts. */
  readonly bodyStart: number;
}

const KINDS = { 0: 'data-v1', 2: 'dictionary', 3: 'data-v2' } as const;

/**
 * Reads the header at `position`.
 *
 * @throws CorruptParquetError when it is none, or its body does not lie within `bytes`.
 */
export function readPageHeader(bytes: Uint8Array, position: number): PageHeader {
  const reader = new ThriftReader(bytes, position, 'page header');
  let type = -1;
  let uncompressedSizeBytes = -1;
  let compressedSizeBytes = -1;
  let crc: number | undefined;
  const fields = {
    valueCount: 0,
    nullCount: undefined as number | undefined,
    rowCount: undefined as number | undefined,
    encoding: 0,
    repetitionLevelsBytes: 0,
    definitionLevelsBytes: 0,
    isCompressed: true,
  };
  reader.readStruct((id, fieldType) => {
    switch (id) {
      case 1:
        type = reader.readInteger(fieldType);
        return true;
      case 2:
        uncompressedSizeBytes = reader.readInteger(fieldType);
        return true;
      case 3:
        compressedSizeBytes = reader.readInteger(fieldType);
        return true;
      case 4:
        crc = reader.readInteger(fieldType);
        return true;
      case 5:
      case 7:
        return readShortHeader(reader, fieldType, fields);
      case 8:
        return readVersion2Header(reader, fieldType, fields);
      default:
        return false;
    }
  });
  const bodyStart = reader.position;
  const isSound =
    compressedSizeBytes >= 0 &&
    compressedSizeBytes <= bytes.length - bodyStart &&
    uncompressedSizeBytes >= 0 &&
    uncompressedSizeBytes <= MAX_PAGE_BYTES &&
    fields.valueCount >= 0 &&
    fields.valueCount <= MAX_PAGE_VALUES &&
    isWithin(fields.nullCount, fields.valueCount) &&
    isWithin(fields.rowCount, fields.valueCount) &&
    fields.repetitionLevelsBytes >= 0 &&
    fields.definitionLevelsBytes >= 0 &&
    fields.repetitionLevelsBytes + fields.definitionLevelsBytes <= compressedSizeBytes;
  if (!isSound)
    throw new CorruptParquetError(
      `page header at byte ${position} claims ${compressedSizeBytes} bytes of ${fields.valueCount} values`,
    );
  return {
    kind: KINDS[type as keyof typeof KINDS] ?? 'other',
    ...fields,
    uncompressedSizeBytes,
    compressedSizeBytes,
    crc,
    bodyStart,
  };
}

/** Whether a count that a header may give is one of `total` entries. */
function isWithin(count: number | undefined, total: number): boolean {
  return count === undefined || (count >= 0 && count <= total);
}

/** Dictionary pages and data pages of version 1 begin alike. */
function readShortHeader(
  reader: ThriftReader,
  fieldType: number,
  fields: { valueCount: number; encoding: number },
): boolean {
  if (fieldType !== ThriftType.Struct) return false;
  reader.readStruct((id, type) => {
    if (id === 1) fields.valueCount = reader.readInteger(type);
    else if (id === 2) fields.encoding = reader.readInteger(type);
    else return false;
    return true;
  });
  return true;
}

function readVersion2Header(
  reader: ThriftReader,
  fieldType: number,
  fields: {
    valueCount: number;
    nullCount: number | undefined;
    rowCount: number | undefined;
    encoding: number;
    repetitionLevelsBytes: number;
    definitionLevelsBytes: number;
    isCompressed: boolean;
  },
): boolean {
  if (fieldType !== ThriftType.Struct) return false;
  reader.readStruct((id, type) => {
    switch (id) {
      case 1:
        fields.valueCount = reader.readInteger(type);
        return true;
      case 2:
        fields.nullCount = reader.readInteger(type);
        return true;
      case 3:
        fields.rowCount = reader.readInteger(type);
        return true;
      case 4:
        fields.encoding = reader.readInteger(type);
        return true;
      case 5:
        fields.definitionLevelsBytes = reader.readInteger(type);
        return true;
      case 6:
        fields.repetitionLevelsBytes = reader.readInteger(type);
        return true;
      case 7:
        fields.isCompressed = reader.readBool(type);
        return true;
      default:
        return false;
    }
  });
  return true;
}
