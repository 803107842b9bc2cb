import { describe, expect, it } from 'vitest';
import { DownloadMeter, type DownloadProgress } from '../../../src/artifacts/cache/download-meter.ts';

function setUp() {
  const reports: DownloadProgress[] = [];
  const clock = { now: 1_000 };
  const meter = new DownloadMeter({ now: () => clock.now, report: (report) => reports.push(report) });
  const at = (ms: number, bytes: number) => {
    clock.now = 1_000 + ms;
    meter.add(bytes);
  };
  return { meter, reports, at };
}

describe('DownloadMeter', () => {
  it('says nothing of a download that is soon over', () => {
    const { meter, reports, at } = setUp();
    at(4_999, 100);
    meter.end();
    expect(reports).toEqual([]);
  });

  it('reports after five seconds, then every ten, and at the end', () => {
    const { meter, reports, at } = setUp();
    meter.setTotal(100_000);
    at(1_000, 10_000);
    at(5_000, 10_000);
    at(14_999, 20_000);
    at(15_000, 20_000);
    at(20_000, 40_000);
    meter.end();
    expect(reports).toEqual([
      { receivedBytes: 20_000, totalBytes: 100_000, bytesPerSecond: 4_000, elapsedMs: 5_000, isDone: false },
      { receivedBytes: 60_000, totalBytes: 100_000, bytesPerSecond: 4_000, elapsedMs: 15_000, isDone: false },
      { receivedBytes: 100_000, totalBytes: 100_000, bytesPerSecond: 5_000, elapsedMs: 20_000, isDone: true },
    ]);
  });

  it('takes back what has to be fetched again, without a negative rate', () => {
    const { reports, at } = setUp();
    at(5_000, 50_000);
    at(6_000, -50_000);
    at(15_000, 1_000);
    expect(reports[1]).toMatchObject({ receivedBytes: 1_000, totalBytes: null, bytesPerSecond: 0 });
  });
});
