import type { LastInference, Metrics } from './metrics.ts';
import type { Series } from './series-histogram.ts';

interface AnswerTimes {
  readonly parseMs: number;
  readonly queueMs: number;
  readonly inferMs: number;
  readonly encodeMs: number;
}

/** One answered model request. Times in milliseconds. */
export interface AnswerRecord {
  /** The route's name; empty if none is configured under the name that was asked for. */
  readonly model: string;
  /** The version that answered; empty if none did. */
  readonly version: string;
  readonly protocol: string;
  readonly status: number;
  readonly totalMs: number;
  /** `null`: no inference took place. */
  readonly timings: AnswerTimes | null;
  /** Numbers in the answer that were not finite. */
  readonly nonFinite: number;
}

/** Fills the request metrics, and drops the series of versions that are closed. */
export class RequestRecorder {
  readonly #metrics: Metrics;
  readonly #models = new Map<string, Map<string, VersionSeries>>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    metrics.takeLastInferencesFrom(() => [...this.#lastInferences()]);
  }

  record(answer: AnswerRecord): void {
    const { model, version, protocol, status, timings, nonFinite } = answer;
    const series = this.#seriesOf(model, version);
    series.requests(protocol, status).observe(answer.totalMs / 1000);
    if (timings !== null) {
      series.parse.observe(timings.parseMs / 1000);
      series.queue.observe(timings.queueMs / 1000);
      series.inference.observe(timings.inferMs / 1000);
      series.encode.observe(timings.encodeMs / 1000);
      series.lastAt = Date.now() / 1000;
    }
    if (nonFinite > 0) this.#metrics.nonfinitePredictions.inc({ model, version }, nonFinite);
  }

  recordBatch(model: string, version: string, rows: number): void {
    this.#seriesOf(model, version).batchRows.observe(rows);
  }

  /** Removes every series of a version. */
  drop(model: string, version: string): void {
    const versions = this.#models.get(model);
    const series = versions?.get(version);
    if (series === undefined) return;
    versions?.delete(version);
    series.remove();
    this.#metrics.nonfinitePredictions.remove({ model, version });
  }

  *#lastInferences(): Generator<LastInference> {
    for (const [model, versions] of this.#models) {
      for (const [version, { lastAt }] of versions) if (lastAt > 0) yield { model, version, at: lastAt };
    }
  }

  #seriesOf(model: string, version: string): VersionSeries {
    let versions = this.#models.get(model);
    if (versions === undefined) {
      versions = new Map();
      this.#models.set(model, versions);
    }
    let series = versions.get(version);
    if (series === undefined) {
      series = new VersionSeries(this.#metrics, { model, version });
      versions.set(version, series);
    }
    return series;
  }
}

type Labels = Readonly<Record<'model' | 'version', string>>;

/** What is observed of one version; each series appears with its first observation. */
class VersionSeries {
  readonly #metrics: Metrics;
  readonly #labels: Labels;
  /** When it answered last, in seconds since the epoch; 0: never. */
  lastAt = 0;
  #parse: Series | null = null;
  #encode: Series | null = null;
  #queue: Series | null = null;
  #inference: Series | null = null;
  #batchRows: Series | null = null;
  readonly #requests = new Map<string, Map<number, Series>>();

  constructor(metrics: Metrics, labels: Labels) {
    this.#metrics = metrics;
    this.#labels = labels;
  }

  get parse(): Series {
    this.#parse ??= this.#metrics.parseDuration.add(this.#labels);
    return this.#parse;
  }

  get encode(): Series {
    this.#encode ??= this.#metrics.encodeDuration.add(this.#labels);
    return this.#encode;
  }

  get queue(): Series {
    this.#queue ??= this.#metrics.queueDuration.add(this.#labels);
    return this.#queue;
  }

  get inference(): Series {
    this.#inference ??= this.#metrics.inferenceDuration.add(this.#labels);
    return this.#inference;
  }

  get batchRows(): Series {
    this.#batchRows ??= this.#metrics.batchRows.add(this.#labels);
    return this.#batchRows;
  }

  requests(protocol: string, status: number): Series {
    let byStatus = this.#requests.get(protocol);
    if (byStatus === undefined) {
      byStatus = new Map();
      this.#requests.set(protocol, byStatus);
    }
    let series = byStatus.get(status);
    if (series === undefined) {
      series = this.#metrics.requestDuration.add({ ...this.#labels, protocol, code: String(status) });
      byStatus.set(status, series);
    }
    return series;
  }

  remove(): void {
    const { parseDuration, encodeDuration, queueDuration, inferenceDuration } = this.#metrics;
    const { batchRows, requestDuration } = this.#metrics;
    if (this.#parse !== null) parseDuration.remove(this.#parse);
    if (this.#encode !== null) encodeDuration.remove(this.#encode);
    if (this.#queue !== null) queueDuration.remove(this.#queue);
    if (this.#inference !== null) inferenceDuration.remove(this.#inference);
    if (this.#batchRows !== null) batchRows.remove(this.#batchRows);
    for (const byStatus of this.#requests.values()) {
      for (const series of byStatus.values()) requestDuration.remove(series);
    }
  }
}
