/** Where levels and values lie in a page; decompresses no more than is looked at. */
import { decompressPage } from './decompress-page.ts';
import type { ByteSpan } from './decode-values.ts';
import { CorruptParquetError } from './errors.ts';
import type { PageHeader } from './page-header.ts';
import type { ColumnDescriptor } from './schema.ts';

export interface PageContent {
  /** Undefined where the column does not repeat. */
  readonly repetition: ByteSpan | undefined;
  /** Undefined where nothing can be absent. */
  readonly definition: ByteSpan | undefined;
  /** Decompresses the values; call it once. */
  values(): ByteSpan;
}

/** The parts of the data page whose header is `header`, in a chunk `bytes` compressed with `codec`. */
export function locateContent(
  bytes: Uint8Array,
  header: PageHeader,
  descriptor: ColumnDescriptor,
  codec: number,
): PageContent {
  return header.kind === 'data-v2'
    ? locateVersion2(bytes, header, descriptor, codec)
    : locateVersion1(bytes, header, descriptor, codec);
}

/** Levels stand before the compressed part. */
function locateVersion2(
  bytes: Uint8Array,
  header: PageHeader,
  descriptor: ColumnDescriptor,
  codec: number,
): PageContent {
  const definitionStart = header.bodyStart + header.repetitionLevelsBytes;
  const valuesStart = definitionStart + header.definitionLevelsBytes;
  const levelsBytes = header.repetitionLevelsBytes + header.definitionLevelsBytes;
  if (levelsBytes > header.uncompressedSizeBytes)
    throw new CorruptParquetError('page levels are larger than the page');
  return {
    repetition:
      descriptor.maxRepetitionLevel === 0
        ? undefined
        : { bytes, start: header.bodyStart, end: definitionStart },
    definition:
      descriptor.maxDefinitionLevel === 0
        ? undefined
        : { bytes, start: definitionStart, end: valuesStart },
    values: () => {
      const end = header.bodyStart + header.compressedSizeBytes;
      const body = { bytes, start: valuesStart, end };
      const length = header.uncompressedSizeBytes - levelsBytes;
      return header.isCompressed ? decompressPage(codec, body, length) : body;
    },
  };
}

/** Levels are compressed together with the values, each after its length. */
function locateVersion1(
  bytes: Uint8Array,
  header: PageHeader,
  descriptor: ColumnDescriptor,
  codec: number,
): PageContent {
  const end = header.bodyStart + header.compressedSizeBytes;
  const body = { bytes, start: header.bodyStart, end };
  const page = decompressPage(codec, body, header.uncompressedSizeBytes);
  let start = page.start;
  const next = (max: number): ByteSpan | undefined => {
    if (max === 0) return undefined;
    if (start + 4 > page.end) throw new CorruptParquetError('page ends before its levels');
    const view = new DataView(page.bytes.buffer, page.bytes.byteOffset, page.bytes.length);
    const span = { ...page, start: start + 4, end: start + 4 + view.getUint32(start, true) };
    if (span.end > page.end) throw new CorruptParquetError('page ends inside its levels');
    start = span.end;
    return span;
  };
  const repetition = next(descriptor.maxRepetitionLevel);
  const definition = next(descriptor.maxDefinitionLevel);
  return { repetition, definition, values: () => ({ ...page, start }) };
}
