import { describe, expect, it } from 'vitest';
import { logDownloads } from '../../src/observability/download-log.ts';
import { versionOf } from '../artifacts/versions.ts';
import { MemoryLog } from '../fakes/memory-log.ts';

describe('logDownloads', () => {
  it('says how far a download is, how fast, and when it is done', () => {
    const log = new MemoryLog();
    const tell = logDownloads(log);
    const running = { receivedBytes: 12_345_678, bytesPerSecond: 2_500_000, elapsedMs: 5_000, isDone: false };
    tell(versionOf('7'), { ...running, totalBytes: 400_000_000 });
    tell(versionOf('7'), { ...running, totalBytes: null });
    tell(versionOf('7'), { ...running, totalBytes: 12_345_678, isDone: true });
    expect(log.lines.map((line) => line.message)).toEqual([
      'version 7 of "iris" is being fetched: 12.3 MB of 400.0 MB, 2.5 MB/s',
      'version 7 of "iris" is being fetched: 12.3 MB, 2.5 MB/s',
      'version 7 of "iris" is fetched: 12.3 MB in 5.0 s, 2.5 MB/s',
    ]);
  });
});
