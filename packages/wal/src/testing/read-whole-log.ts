/** Everything a log holds, for tests. */
import { replaySegment, type SegmentReport, type WalRecord } from '../replay.ts';
import { segmentSequences } from '../segment.ts';
import type { WalFileSystem } from '../wal-file-system.ts';

/** The records of all segments of `directory` in order, and what was found in each segment. */
export async function readWholeLog(
  fileSystem: WalFileSystem,
  directory: string,
): Promise<{ records: WalRecord[]; reports: SegmentReport[] }> {
  const records: WalRecord[] = [];
  const reports: SegmentReport[] = [];
  for (const sequence of segmentSequences(await fileSystem.list(directory))) {
    const replay = replaySegment({ fileSystem, directory, sequence });
    for (;;) {
      const step = await replay.next();
      if (step.done) {
        reports.push(step.value);
        break;
      }
      records.push(step.value);
    }
  }
  return { records, reports };
}
