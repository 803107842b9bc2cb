import type { Metrics } from './metrics.ts';

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
  readonly timings: { readonly queueMs: number; readonly inferMs: number } | null;
  /** Numbers in the answer that were not finite. */
  readonly nonFinite: number;
}

interface VersionLabels {
  readonly version: { readonly model: string; readonly version: string };
  readonly requests: Map<string, { model: string; version: string; protocol: string; code: string }>;
}

/** Fills the request metrics, and drops the series of versions that are closed. Label objects are made once. */
export class RequestRecorder {
  readonly #metrics: Metrics;
  readonly #models = new Map<string, Map<string, VersionLabels>>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  record(answer: AnswerRecord): void {
    const { requestDuration, queueDuration, inferenceDuration, nonfinitePredictions } = this.#metrics;
    const labels = this.#labelsOf(answer.model, answer.version);
    requestDuration.observe(requestLabels(labels, answer), answer.totalMs / 1000);
    if (answer.timings !== null) {
      queueDuration.observe(labels.version, answer.timings.queueMs / 1000);
      inferenceDuration.observe(labels.version, answer.timings.inferMs / 1000);
    }
    if (answer.nonFinite > 0) nonfinitePredictions.inc(labels.version, answer.nonFinite);
  }

  recordBatch(model: string, version: string, rows: number): void {
    this.#metrics.batchRows.observe(this.#labelsOf(model, version).version, rows);
  }

  /** Removes every series of a version. */
  drop(model: string, version: string): void {
    const labels = this.#models.get(model)?.get(version);
    if (labels === undefined) return;
    this.#models.get(model)?.delete(version);
    const { requestDuration, queueDuration, inferenceDuration, batchRows, nonfinitePredictions } =
      this.#metrics;
    for (const request of labels.requests.values()) requestDuration.remove(request);
    for (const metric of [queueDuration, inferenceDuration, batchRows, nonfinitePredictions])
      metric.remove(labels.version);
  }

  #labelsOf(model: string, version: string): VersionLabels {
    let versions = this.#models.get(model);
    if (versions === undefined) {
      versions = new Map();
      this.#models.set(model, versions);
    }
    let labels = versions.get(version);
    if (labels === undefined) {
      labels = { version: { model, version }, requests: new Map() };
      versions.set(version, labels);
    }
    return labels;
  }
}

function requestLabels(labels: VersionLabels, answer: AnswerRecord) {
  const key = `${answer.protocol} ${answer.status}`;
  let request = labels.requests.get(key);
  if (request === undefined) {
    request = { ...labels.version, protocol: answer.protocol, code: String(answer.status) };
    labels.requests.set(key, request);
  }
  return request;
}
