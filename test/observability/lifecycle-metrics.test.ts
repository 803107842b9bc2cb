import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import type { ConversionReport } from '../../src/formats/model-format.ts';
import type { Servable } from '../../src/lifecycle/servable.ts';
import type { ModelVersion } from '../../src/model/model-version.ts';
import type { LifecycleObserver } from '../../src/observability/combine-events.ts';
import { measureLifecycle } from '../../src/observability/lifecycle-metrics.ts';
import { createMetrics, type Metrics } from '../../src/observability/metrics.ts';
import { RequestRecorder } from '../../src/observability/request-recorder.ts';

const TEN_MINUTES_MS = 600_000;

function versionOf(version: string): ModelVersion {
  return {
    registry: 'dir:/models',
    workspace: null,
    name: 'iris',
    version,
    modelCreatedAt: 0,
    runId: `run-${version}`,
    source: `file:///models/iris/${version}`,
    tags: {},
  };
}

function servableOf(version: string, conversion: ConversionReport | null = null): Servable {
  return { version: versionOf(version), digest: `sha256:${version}`, conversion } as Servable;
}

describe('measureLifecycle', () => {
  let metrics: Metrics;
  let recorder: RequestRecorder;
  let events: Required<LifecycleObserver>;
  let loaded: string[];

  beforeEach(() => {
    vi.useFakeTimers();
    metrics = createMetrics({
      buildLabels: {},
      queuedRows: () => [],
      readiness: () => [],
    });
    recorder = new RequestRecorder(metrics);
    loaded = [];
    events = measureLifecycle({
      metrics,
      recorder,
      uriOf: (route) => `models:/${route}/Production`,
      isLoaded: (_, version) => loaded.includes(version),
    }) as Required<LifecycleObserver>;
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  const series = async (prefix: string) => {
    const { body } = await metrics.scrape(false);
    return body.split('\n').filter((line) => line.startsWith(prefix));
  };
  const answer = (version: string) =>
    recorder.record({
      model: 'iris',
      version,
      protocol: 'predict',
      status: 200,
      totalMs: 1,
      timings: null,
      nonFinite: 0,
    });
  const versionsWithSeries = async () =>
    (await series('switchyard_request_duration_seconds_count')).map(
      (line) => /version="(\d+)"/.exec(line)?.[1],
    );

  it('shows the one version that serves', async () => {
    events.swapped('iris', null, servableOf('1'), 'swapped');
    events.swapped('iris', versionOf('1'), servableOf('2'), 'swapped');
    expect(await series('switchyard_model_info{')).toEqual([
      'switchyard_model_info{model="iris",version="2",uri="models:/iris/Production",run_id="run-2",digest="sha256:2"} 1',
    ]);
    events.unloaded('iris', versionOf('2'));
    expect(await series('switchyard_model_info{')).toEqual([]);
  });

  it('counts how swaps ended, each once', async () => {
    events.loadFinished('iris', versionOf('1'), 'swapped', 0.2);
    events.swapped('iris', null, servableOf('1'), 'swapped');
    events.loadFinished('iris', versionOf('2'), 'load-failed', 0.2);
    events.loadFinished('iris', versionOf('3'), 'rejected', 0.2);
    events.swapped('iris', versionOf('2'), servableOf('1'), 'rolled-back');
    expect((await series('switchyard_swaps_total{')).sort()).toEqual([
      'switchyard_swaps_total{model="iris",outcome="load-failed"} 1',
      'switchyard_swaps_total{model="iris",outcome="rejected"} 1',
      'switchyard_swaps_total{model="iris",outcome="rolled-back"} 1',
      'switchyard_swaps_total{model="iris",outcome="swapped"} 1',
    ]);
    expect(await series('switchyard_model_load_duration_seconds_count')).toHaveLength(3);
  });

  it('measures conversions, and not graphs that were found again', async () => {
    const conversion = { conversionMs: 300, fromCache: false } as ConversionReport;
    events.swapped('iris', null, servableOf('1', conversion), 'swapped');
    events.swapped('iris', versionOf('1'), servableOf('2', { ...conversion, fromCache: true }), 'swapped');
    events.swapped('iris', versionOf('2'), servableOf('1', conversion), 'rolled-back');
    events.swapped('iris', versionOf('1'), servableOf('3'), 'swapped');
    expect(await series('switchyard_model_conversion_duration_seconds_count')).toEqual([
      'switchyard_model_conversion_duration_seconds_count{model="iris"} 1',
    ]);
    expect(await series('switchyard_model_conversion_duration_seconds_sum')).toEqual([
      'switchyard_model_conversion_duration_seconds_sum{model="iris"} 0.3',
    ]);
  });

  it('counts how the telling of versions went', async () => {
    const standing = { status: 'live', reason: 'serves', digest: null, servedAt: null } as const;
    const down = new GatewayError('REGISTRY_UNAVAILABLE', 'status 500');
    events.standingTold(versionOf('1'), standing, 'written');
    events.standingTold(versionOf('1'), standing, 'written');
    events.standingTold(versionOf('1'), standing, 'unchanged');
    events.standingUntold(versionOf('1'), down, 1_000);
    events.standingUntold(versionOf('1'), down, null);
    events.standingUntold(versionOf('1'), new GatewayError('REGISTRY_FORBIDDEN', 'no EDIT'), null);
    expect((await series('switchyard_verdict_tags_total{')).sort()).toEqual([
      'switchyard_verdict_tags_total{outcome="forbidden"} 1',
      'switchyard_verdict_tags_total{outcome="given-up"} 1',
      'switchyard_verdict_tags_total{outcome="retried"} 1',
      'switchyard_verdict_tags_total{outcome="unchanged"} 1',
      'switchyard_verdict_tags_total{outcome="written"} 2',
    ]);
  });

  it('drops the series of a version ten minutes after it was closed', async () => {
    loaded = ['1'];
    answer('1');
    answer('2');
    events.closed('iris', versionOf('2'), null);
    vi.advanceTimersByTime(TEN_MINUTES_MS - 1);
    expect(await versionsWithSeries()).toEqual(['1', '2']);
    vi.advanceTimersByTime(1);
    expect(await versionsWithSeries()).toEqual(['1']);
  });

  it('counts the ten minutes from the last time that it was closed, with one timer', async () => {
    answer('2');
    events.closed('iris', versionOf('2'), null);
    vi.advanceTimersByTime(TEN_MINUTES_MS - 1);
    const timers = vi.getTimerCount();
    events.closed('iris', versionOf('2'), null);
    expect(vi.getTimerCount()).toBe(timers);
    vi.advanceTimersByTime(TEN_MINUTES_MS - 1);
    expect(await versionsWithSeries()).toEqual(['2']);
    vi.advanceTimersByTime(1);
    expect(await versionsWithSeries()).toEqual([]);
  });

  it('keeps the series of a version that serves again by then', async () => {
    answer('2');
    events.closed('iris', versionOf('2'), null);
    loaded = ['2'];
    vi.advanceTimersByTime(TEN_MINUTES_MS);
    expect(await versionsWithSeries()).toEqual(['2']);
  });

  it('tells when the registry last answered, and how it failed', async () => {
    vi.setSystemTime(1_700_000_000_000);
    events.registryAnswered([]);
    events.registryFailed(new GatewayError('REGISTRY_UNAVAILABLE', 'down'), 5_000);
    expect(await series('switchyard_registry_last_success_timestamp_seconds ')).toEqual([
      'switchyard_registry_last_success_timestamp_seconds 1700000000',
    ]);
    expect(await series('switchyard_registry_errors_total{')).toEqual([
      'switchyard_registry_errors_total{code="REGISTRY_UNAVAILABLE"} 1',
    ]);
  });

  it('counts notes and batches', async () => {
    events.notes('iris', ['Production holds 1 and 2']);
    events.batchRan('iris', '1', { rows: 7, inferMs: 1 });
    expect(await series('switchyard_model_notes{')).toEqual(['switchyard_model_notes{model="iris"} 1']);
    expect(await series('switchyard_batch_rows_sum')).toEqual([
      'switchyard_batch_rows_sum{model="iris",version="1"} 7',
    ]);
  });
});
