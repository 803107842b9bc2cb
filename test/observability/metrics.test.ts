import { beforeEach, describe, expect, it } from 'vitest';
import { createMetrics, type Metrics } from '../../src/observability/metrics.ts';
import type { ModelReadiness } from '../../src/observability/model-readiness.ts';
import { RequestRecorder } from '../../src/observability/request-recorder.ts';

const ANSWER = {
  model: 'iris',
  version: '1',
  protocol: 'predict',
  status: 200,
  totalMs: 3,
  timings: { parseMs: 1, queueMs: 0.3, inferMs: 1.5, encodeMs: 2 },
  nonFinite: 0,
};

/** The names of contract section 8 that have a source. */
const NAMES = [
  'switchyard_request_duration_seconds',
  'switchyard_queue_duration_seconds',
  'switchyard_inference_duration_seconds',
  'switchyard_batch_rows',
  'switchyard_requests_in_flight',
  'switchyard_queue_rows',
  'switchyard_rejected_requests_total',
  'switchyard_model_info',
  'switchyard_model_ready',
  'switchyard_model_load_duration_seconds',
  'switchyard_swaps_total',
  'switchyard_registry_last_success_timestamp_seconds',
  'switchyard_registry_errors_total',
  'switchyard_nonfinite_predictions_total',
  'switchyard_build_info',
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'nodejs_eventloop_lag_seconds',
];

describe('createMetrics', () => {
  let metrics: Metrics;
  let recorder: RequestRecorder;
  let routes: (ModelReadiness & { readonly rows: number })[];

  beforeEach(() => {
    routes = [{ route: 'iris', rows: 3, isReady: true, agrees: null, errorCode: null }];
    metrics = createMetrics({
      buildLabels: { version: '1.2.3' },
      queuedRows: () => routes,
      readiness: () => routes,
    });
    recorder = new RequestRecorder(metrics);
  });

  const series = async (prefix: string) => {
    const { body } = await metrics.scrape(false);
    return body.split('\n').filter((line) => line.startsWith(prefix));
  };

  it('has every name of the contract', async () => {
    const { body, contentType } = await metrics.scrape(false);
    for (const name of NAMES) expect(body).toMatch(new RegExp(`^# TYPE ${name} `, 'm'));
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await series('switchyard_build_info')).toEqual(['switchyard_build_info{version="1.2.3"} 1']);
  });

  it('has buckets from 0.25 ms to 10 s for times, from 1 to 4096 for rows', async () => {
    recorder.record(ANSWER);
    recorder.recordBatch('iris', '1', 5);
    const bounds = async (name: string) =>
      (await series(`${name}_bucket`)).map((line) =>
        Number(/le="([^"]+)"/.exec(line)?.[1]?.replace('+Inf', 'Infinity')),
      );
    for (const name of ['request', 'queue', 'inference']) {
      const buckets = await bounds(`switchyard_${name}_duration_seconds`);
      expect([buckets.at(0), buckets.at(-2)]).toEqual([0.000_25, 10]);
    }
    const rows = await bounds('switchyard_batch_rows');
    expect([rows.at(0), rows.at(-2)]).toEqual([1, 4096]);
  });

  it('looks the requests in flight up when it is scraped', async () => {
    metrics.takeRequestsInFlightFrom(() => 7);
    expect(await series('switchyard_requests_in_flight')).toEqual(['switchyard_requests_in_flight 7']);
  });

  it('counts each observation in its bucket and all above', async () => {
    for (const rows of [1, 2, 3, 4097]) recorder.recordBatch('iris', '1', rows);
    const counts = (await series('switchyard_batch_rows_bucket')).map((line) => line.split(' ').at(-1));
    expect(counts).toEqual(['1', '2', ...Array(11).fill('3'), '4']);
    expect(await series('switchyard_batch_rows_sum')).toEqual([
      'switchyard_batch_rows_sum{model="iris",version="1"} 4103',
    ]);
  });

  it('counts an answer under its labels', async () => {
    recorder.record({ ...ANSWER, nonFinite: 2 });
    recorder.record({ ...ANSWER, status: 400, timings: null });
    expect(await series('switchyard_request_duration_seconds_count')).toEqual([
      'switchyard_request_duration_seconds_count{model="iris",version="1",protocol="predict",code="200"} 1',
      'switchyard_request_duration_seconds_count{model="iris",version="1",protocol="predict",code="400"} 1',
    ]);
    expect(await series('switchyard_request_duration_seconds_sum')).toContain(
      'switchyard_request_duration_seconds_sum{model="iris",version="1",protocol="predict",code="200"} 0.003',
    );
    expect(await series('switchyard_inference_duration_seconds_sum')).toEqual([
      'switchyard_inference_duration_seconds_sum{model="iris",version="1"} 0.0015',
    ]);
    expect(await series('switchyard_queue_duration_seconds_count')).toEqual([
      'switchyard_queue_duration_seconds_count{model="iris",version="1"} 1',
    ]);
    expect(await series('switchyard_nonfinite_predictions_total')).toEqual([
      'switchyard_nonfinite_predictions_total{model="iris",version="1"} 2',
    ]);
  });

  it('drops every series of a version, and counts from zero when it comes back', async () => {
    for (const version of ['1', '2']) {
      recorder.record({ ...ANSWER, version, nonFinite: 1 });
      recorder.record({ ...ANSWER, version, status: 500 });
      recorder.recordBatch('iris', version, 1);
    }
    recorder.drop('iris', '1');
    recorder.drop('iris', 'never-seen');
    recorder.drop('unknown', '1');
    expect((await metrics.scrape(false)).body).not.toContain('version="1"');
    expect(await series('switchyard_request_duration_seconds_count')).toHaveLength(2);
    recorder.record(ANSWER);
    expect(await series('switchyard_request_duration_seconds_count{model="iris",version="1"')).toEqual([
      'switchyard_request_duration_seconds_count{model="iris",version="1",protocol="predict",code="200"} 1',
    ]);
  });

  it('asks for queues and readiness at each scrape, and leaves nothing of a route that is gone', async () => {
    expect(await series('switchyard_queue_rows{')).toEqual(['switchyard_queue_rows{model="iris"} 3']);
    routes = [{ route: 'wine', rows: 0, isReady: false, agrees: null, errorCode: null }];
    expect(await series('switchyard_queue_rows{')).toEqual(['switchyard_queue_rows{model="wine"} 0']);
    expect(await series('switchyard_model_ready{')).toEqual(['switchyard_model_ready{model="wine"} 0']);
  });

  it('tells of pointers that are compared whether they disagree', async () => {
    expect(await series('switchyard_model_pointers_disagree{')).toEqual([]);
    routes = [true, false, null].map((agrees) => ({
      route: `m-${agrees}`,
      rows: 0,
      isReady: true,
      agrees,
      errorCode: null,
    }));
    expect(await series('switchyard_model_pointers_disagree{')).toEqual([
      'switchyard_model_pointers_disagree{model="m-true"} 0',
      'switchyard_model_pointers_disagree{model="m-false"} 1',
    ]);
  });

  it('tells by its code why what is wanted does not serve, as long as that is so', async () => {
    const iris = { route: 'iris', rows: 0, isReady: true, agrees: null };
    routes = [{ ...iris, errorCode: 'ARTIFACT_UNAVAILABLE' }];
    const series = 'switchyard_model_error{model="iris",code="ARTIFACT_UNAVAILABLE"} 1';
    expect((await metrics.scrape(false)).body).toContain(series);
    routes = [{ ...iris, errorCode: null }];
    expect((await metrics.scrape(false)).body).not.toContain('switchyard_model_error{');
  });

  it('escapes names', async () => {
    routes = [{ route: 'a"b\\c\nd', rows: 0, isReady: true, agrees: null, errorCode: null }];
    expect(await series('switchyard_model_ready{')).toEqual([
      'switchyard_model_ready{model="a\\"b\\\\c\\nd"} 1',
    ]);
  });

  it('speaks OpenMetrics when asked to', async () => {
    recorder.record({ ...ANSWER, nonFinite: 1 });
    const { body, contentType } = await metrics.scrape(true);
    expect(contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(body).toMatch(/\n# EOF\n$/);
    expect(body).not.toContain('\n\n');
    expect(body).toContain('# TYPE switchyard_nonfinite_predictions counter\n');
    expect(body).toContain('\nswitchyard_nonfinite_predictions_total{model="iris",version="1"} 1\n');
    // The plain format keeps its names afterwards.
    expect((await metrics.scrape(false)).body).toContain('# TYPE switchyard_swaps_total counter');
  });
});
