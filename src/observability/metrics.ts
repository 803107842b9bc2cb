import { type Aggregator, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ModelReadiness } from './model-readiness.ts';
import { toOpenMetrics } from './open-metrics.ts';
import { SeriesHistogram } from './series-histogram.ts';

const REQUEST_BUCKETS = [
  0.000_25, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
const LOAD_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const ROW_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];

export interface MetricsText {
  readonly contentType: string;
  readonly body: string;
}

/** Every metric with its values at one moment, as plain data that can go to another process. */
export type MetricValues = readonly {
  readonly name: string;
  /** `counter`, `gauge`, `histogram` or `summary`. */
  readonly type: string;
  readonly values: readonly {
    readonly labels: Readonly<Record<string, string | number | undefined>>;
    /** Of histograms: the name with `_bucket`, `_sum` or `_count`. */
    readonly metricName?: string;
    readonly value: number;
  }[];
}[];

/** Every metric of contract section 8 that has a source, by name. The only place that knows prom-client. */
export type Metrics = ReturnType<typeof createMetrics>;

export interface MetricsOptions {
  readonly buildLabels: Readonly<Record<string, string>>;
  /** Both are asked at each scrape, so that a route that is gone leaves no series. */
  readonly queuedRows: () => readonly { readonly route: string; readonly rows: number }[];
  readonly readiness: () => readonly ModelReadiness[];
  /** Where a scrape gets its text instead, because others count, too. */
  readonly scrape?: () => Promise<string>;
  /** The same as values. */
  readonly allValues?: () => Promise<MetricValues>;
}

export function createMetrics(options: MetricsOptions) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  // Of several processes together; prom-client would leave the one out and add the other up.
  for (const name of ['process_start_time_seconds', 'process_max_fds']) setAggregator(registry, name, 'min');
  const buildInfo = new Gauge({
    name: 'switchyard_build_info',
    help: 'Versions of what runs; always 1.',
    labelNames: Object.keys(options.buildLabels),
    aggregator: 'first',
    registers,
  });
  buildInfo.set({ ...options.buildLabels }, 1);
  addModelGauge(registry, 'switchyard_queue_rows', 'Rows that wait for a run.', () =>
    options.queuedRows().map(({ route, rows }) => [route, rows]),
  );
  addModelGauge(registry, 'switchyard_model_ready', 'Whether the model serves.', () =>
    options.readiness().map(({ route, isReady }) => [route, isReady ? 1 : 0]),
  );
  addModelGauge(
    registry,
    'switchyard_model_pointers_disagree',
    'Whether the pointer names another version than the one that it is compared with (crossCheck).',
    () =>
      options.readiness().flatMap(({ route, agrees }) => (agrees === null ? [] : [[route, agrees ? 0 : 1]])),
  );
  addErrorGauge(registry, options);
  const values = async () => (await registry.getMetricsAsJSON()) as unknown as MetricValues;
  return {
    ...createRequestMetrics(registry),
    ...createModelMetrics(registers),
    /** What this process has counted. */
    values,
    /** What all processes have counted. */
    allValues: options.allValues ?? values,
    /** The text of a scrape. */
    async scrape(wantsOpenMetrics: boolean): Promise<MetricsText> {
      const text = await (options.scrape ?? (() => registry.metrics()))();
      return wantsOpenMetrics ? toOpenMetrics(text) : { contentType: registry.contentType, body: text };
    },
  };
}

function setAggregator(registry: Registry, name: string, aggregator: Aggregator): void {
  const metric = registry.getSingleMetric(name);
  if (metric !== undefined) Object.assign(metric, { aggregator });
}

/** A gauge of the label `model` whose values are looked up when it is scraped. */
function addModelGauge(
  registry: Registry,
  name: string,
  help: string,
  values: () => readonly (readonly [route: string, value: number])[],
): void {
  new Gauge({
    name,
    help,
    labelNames: ['model'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [model, value] of values()) this.set({ model }, value);
    },
  });
}

function addErrorGauge(registry: Registry, { readiness }: Pick<MetricsOptions, 'readiness'>): void {
  new Gauge({
    name: 'switchyard_model_error',
    help: 'Why what is wanted of the model does not serve, by error code; 1 while that is so.',
    labelNames: ['model', 'code'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { route, errorCode } of readiness()) {
        if (errorCode !== null) this.set({ model: route, code: errorCode }, 1);
      }
    },
  });
}

function createRequestMetrics(registry: Registry) {
  const registers = [registry];
  return {
    requestDuration: new SeriesHistogram({
      name: 'switchyard_request_duration_seconds',
      help: 'Time from the head of a model request to its answer, the arrival of its body included.',
      buckets: REQUEST_BUCKETS,
      registry,
    }),
    queueDuration: new SeriesHistogram({
      name: 'switchyard_queue_duration_seconds',
      help: 'Time that the rows of a request waited for a run.',
      buckets: REQUEST_BUCKETS,
      registry,
    }),
    inferenceDuration: new SeriesHistogram({
      name: 'switchyard_inference_duration_seconds',
      help: 'Time of the run that a request was part of.',
      buckets: REQUEST_BUCKETS,
      registry,
    }),
    parseDuration: new SeriesHistogram({
      name: 'switchyard_parse_duration_seconds',
      help: 'Time from a complete body to the tensors that the model takes.',
      buckets: REQUEST_BUCKETS,
      registry,
    }),
    encodeDuration: new SeriesHistogram({
      name: 'switchyard_encode_duration_seconds',
      help: 'Time that the answer took to be written.',
      buckets: REQUEST_BUCKETS,
      registry,
    }),
    ...createLastInferenceGauge(registers),
    batchRows: new SeriesHistogram({
      name: 'switchyard_batch_rows',
      help: 'Rows that ran together.',
      buckets: ROW_BUCKETS,
      registry,
    }),
    ...createInFlightGauge(registers),
    rejectedRequests: new Counter({
      name: 'switchyard_rejected_requests_total',
      help: 'Requests that were refused before any work, by error code.',
      labelNames: ['reason'],
      registers,
    }),
    nonfinitePredictions: new Counter({
      name: 'switchyard_nonfinite_predictions_total',
      help: 'NaN and infinite numbers in answers, written as null.',
      labelNames: ['model', 'version'],
      registers,
    }),
  };
}

/** When a version answered last, as the recorder of requests knows. */
export interface LastInference {
  readonly model: string;
  readonly version: string;
  /** In seconds since the epoch. */
  readonly at: number;
}

function createLastInferenceGauge(registers: Registry[]) {
  let lastInferences: () => readonly LastInference[] = () => [];
  new Gauge({
    name: 'switchyard_last_inference_timestamp_seconds',
    help: 'When the version answered a request last.',
    labelNames: ['model', 'version'],
    registers,
    aggregator: 'max',
    collect() {
      this.reset();
      for (const { model, version, at } of lastInferences()) this.set({ model, version }, at);
    },
  });
  return {
    /** Asked at each scrape; none before. */
    takeLastInferencesFrom(source: () => readonly LastInference[]): void {
      lastInferences = source;
    },
  };
}

function createInFlightGauge(registers: Registry[]) {
  let requestsInFlight = () => 0;
  new Gauge({
    name: 'switchyard_requests_in_flight',
    help: 'Model requests that are being worked on.',
    registers,
    collect() {
      this.set(requestsInFlight());
    },
  });
  return {
    /** Asked at each scrape; 0 before. */
    takeRequestsInFlightFrom(source: () => number): void {
      requestsInFlight = source;
    },
  };
}

function createModelMetrics(registers: Registry[]) {
  return {
    modelInfo: new Gauge({
      name: 'switchyard_model_info',
      help: 'The version that serves; always 1.',
      labelNames: ['model', 'version', 'uri', 'run_id', 'digest'],
      registers,
    }),
    modelNotes: new Gauge({
      name: 'switchyard_model_notes',
      help: 'How many notes for the operator the model has, e.g. that its stage holds several versions.',
      labelNames: ['model'],
      registers,
    }),
    modelLoadDuration: new Histogram({
      name: 'switchyard_model_load_duration_seconds',
      help: 'Time from the decision to load a version to its end.',
      labelNames: ['model', 'outcome'],
      buckets: LOAD_BUCKETS,
      registers,
    }),
    modelConversionDuration: new Histogram({
      name: 'switchyard_model_conversion_duration_seconds',
      help: 'Time to read a scikit-learn, XGBoost or LightGBM model and make it a graph.',
      labelNames: ['model'],
      buckets: LOAD_BUCKETS,
      registers,
    }),
    swaps: new Counter({
      name: 'switchyard_swaps_total',
      help: 'Attempts to change what serves, by outcome.',
      labelNames: ['model', 'outcome'],
      registers,
    }),
    registryLastSuccess: new Gauge({
      name: 'switchyard_registry_last_success_timestamp_seconds',
      help: 'When the registry last answered.',
      registers,
    }),
    verdictTags: new Counter({
      name: 'switchyard_verdict_tags_total',
      help: 'Attempts to tell the registry what became of a version, by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
    registryErrors: new Counter({
      name: 'switchyard_registry_errors_total',
      help: 'Polls of the registry that failed, by error code.',
      labelNames: ['code'],
      registers,
    }),
    webhookDeliveries: new Counter({
      name: 'switchyard_webhook_deliveries_total',
      help: 'Deliveries of webhooks, by what became of them.',
      labelNames: ['outcome'],
      registers,
    }),
  };
}
