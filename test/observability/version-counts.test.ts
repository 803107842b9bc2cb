import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/observability/metrics.ts';
import { RequestRecorder } from '../../src/observability/request-recorder.ts';
import { sumMetrics } from '../../src/observability/sum-metrics.ts';
import { countVersions } from '../../src/observability/version-counts.ts';

const NONE = { buildLabels: {}, queuedRows: () => [], readiness: () => [] };
const ANSWER = {
  model: 'iris',
  version: '1',
  protocol: 'open-inference',
  status: 200,
  totalMs: 10,
  timings: { parseMs: 1, queueMs: 2, inferMs: 3, encodeMs: 4 },
  nonFinite: 0,
};

describe('countVersions', () => {
  it('adds up protocols, status codes and processes', async () => {
    const values = [];
    const before = Date.now() / 1000;
    for (const rows of [4, 6]) {
      const metrics = createMetrics(NONE);
      const recorder = new RequestRecorder(metrics);
      recorder.record(ANSWER);
      recorder.record({ ...ANSWER, protocol: 'predict' });
      recorder.record({ ...ANSWER, status: 429, timings: null });
      recorder.record({ ...ANSWER, status: 500, timings: null });
      recorder.record({ ...ANSWER, version: '', status: 404, timings: null });
      recorder.recordBatch('iris', '1', rows);
      values.push(await metrics.values());
    }
    const [one, ...others] = countVersions(sumMetrics(values));
    expect(others).toEqual([]);
    const close = (count: number, seconds: number) => ({ count, seconds: expect.closeTo(seconds, 9) });
    expect(one).toEqual({
      model: 'iris',
      version: '1',
      answered: close(4, 0.04),
      failed: close(4, 0.04),
      parse: close(4, 0.004),
      queue: close(4, 0.008),
      inference: close(4, 0.012),
      encode: close(4, 0.016),
      runs: 2,
      rows: 10,
      lastAt: expect.any(Number),
    });
    expect(one!.lastAt).toBeGreaterThanOrEqual(before);
    expect(one!.lastAt).toBeLessThanOrEqual(Date.now() / 1000);
  });
});
