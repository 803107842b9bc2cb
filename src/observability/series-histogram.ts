import type { Metric, Registry } from 'prom-client';

type Labels = Readonly<Record<string, string>>;

export interface SeriesHistogramOptions {
  readonly name: string;
  readonly help: string;
  /** Upper bounds in ascending order, without the infinite one. */
  readonly buckets: readonly number[];
  readonly registry: Registry;
}

/** The observations of one combination of labels. */
export class Series {
  readonly labels: Labels;
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(labels: Labels, bounds: readonly number[]) {
    this.labels = labels;
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
    this.#counts[bucket]!++;
    this.#sum += value;
  }

  get sum(): number {
    return this.#sum;
  }

  /** Observations up to each bound, and all of them. */
  cumulative(): readonly number[] {
    let total = 0;
    return Array.from(this.#counts, (count) => {
      total += count;
      return total;
    });
  }
}

/**
 * A histogram of which callers keep the series they observe. prom-client's own looks the series up by a text of its
 * labels at every observation, which cost a model request more than reading its rows; this one only stores, and takes
 * part in prom-client's registry with what that asks of a metric: a name and `get`.
 */
export class SeriesHistogram {
  readonly name: string;
  readonly #help: string;
  readonly #buckets: readonly number[];
  readonly #series = new Set<Series>();

  constructor({ name, help, buckets, registry }: SeriesHistogramOptions) {
    this.name = name;
    this.#help = help;
    this.#buckets = buckets;
    registry.registerMetric(this as unknown as Metric);
  }

  /** A new series, which must not have the labels of another. */
  add(labels: Labels): Series {
    const series = new Series(labels, this.#buckets);
    this.#series.add(series);
    return series;
  }

  remove(series: Series): void {
    this.#series.delete(series);
  }

  /** As prom-client's metrics give themselves. */
  async get() {
    const values = [...this.#series].flatMap((series) => this.#valuesOf(series));
    return { name: this.name, help: this.#help, type: 'histogram', values, aggregator: 'sum' };
  }

  #valuesOf(series: Series) {
    const { labels } = series;
    const counts = series.cumulative();
    const total = counts.at(-1)!;
    const value = (suffix: string, number: number, more: Record<string, string | number> = {}) => ({
      metricName: `${this.name}_${suffix}`,
      labels: { ...more, ...labels },
      value: number,
    });
    return [
      ...this.#buckets.map((le, bucket) => value('bucket', counts[bucket]!, { le })),
      value('bucket', total, { le: '+Inf' }),
      value('sum', series.sum),
      value('count', total),
    ];
  }
}
