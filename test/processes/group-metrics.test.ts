import { describe, expect, it } from 'vitest';
import { createMetrics, type Metrics, type MetricValues } from '../../src/observability/metrics.ts';
import { RequestRecorder } from '../../src/observability/request-recorder.ts';
import { GroupMetrics } from '../../src/processes/group-metrics.ts';

function createProcess(models: readonly string[] = []): Metrics {
  return createMetrics({
    buildLabels: { version: '1' },
    queuedRows: () => [],
    readiness: () => models.map((route) => ({ route, isReady: true, agrees: null, errorCode: null })),
  });
}

const observeBatch = (metrics: Metrics) => new RequestRecorder(metrics).recordBatch('iris', '1', 3);

async function setUp() {
  const own = createProcess(['iris']);
  const members = [createProcess(), createProcess()];
  const group = new GroupMetrics({
    own: () => own.values(),
    members: () => Promise.all(members.map((member) => member.values())),
  });
  const value = async (series: string) => {
    const line = (await group.scrape()).split('\n').find((candidate) => candidate.startsWith(`${series} `));
    return line === undefined ? null : Number(line.slice(series.length));
  };
  return { own, members, group, value };
}

/** As it comes from another process. */
const send = async (metrics: Metrics): Promise<MetricValues> => structuredClone(await metrics.values());

describe('GroupMetrics', () => {
  it('adds up counters and histograms, and keeps the sense of what cannot be added', async () => {
    const { own, members, value } = await setUp();
    own.swaps.inc({ model: 'iris', outcome: 'swapped' });
    for (const member of members) {
      member.rejectedRequests.inc({ reason: 'MODEL_OVERLOADED' }, 2);
      observeBatch(member);
    }
    expect(await value('switchyard_rejected_requests_total{reason="MODEL_OVERLOADED"}')).toBe(4);
    expect(await value('switchyard_batch_rows_sum{model="iris",version="1"}')).toBe(6);
    expect(await value('switchyard_batch_rows_bucket{le="4",model="iris",version="1"}')).toBe(2);
    expect(await value('switchyard_swaps_total{model="iris",outcome="swapped"}')).toBe(1);
    expect(await value('switchyard_model_ready{model="iris"}')).toBe(1);
    expect(await value('switchyard_build_info{version="1"}')).toBe(1);
    const startedAt = (await value('process_start_time_seconds'))!;
    expect(Math.abs(Date.now() / 1000 - startedAt)).toBeLessThan(86_400); // their sum would lie in the next century
  });

  it('keeps what a process that is gone had counted, until the version is dropped', async () => {
    const { members, group, value } = await setUp();
    const series = 'switchyard_batch_rows_count{model="iris",version="1"}';
    for (const member of members) observeBatch(member);
    group.addLost(await send(members.pop()!));
    expect(await value(series)).toBe(2);
    group.addLost(await send(members.pop()!));
    expect(await value(series)).toBe(2);
    expect(await value('switchyard_requests_in_flight')).toBe(0);
    group.drop('iris', '1');
    expect(await value(series)).toBeNull();
  });
});
