import { AggregatorRegistry } from 'prom-client';
import type { MetricValues } from './metrics.ts';

/**
 * What several processes have counted, together: counters, histograms and most gauges are added up; of the others
 * (start times, versions) the metric itself says how.
 */
export function sumMetrics(parts: readonly MetricValues[]): MetricValues {
  const sum = aggregate(parts);
  return (sum.getMetricsAsArray() as unknown as { get(): MetricValues[number] }[]).map((metric) =>
    metric.get(),
  );
}

/** The same as Prometheus text. */
export function printSum(parts: readonly MetricValues[]): Promise<string> {
  return aggregate(parts).metrics();
}

/** Of a process that is gone: what stays true of all together, its counters and histograms. */
export function keepCounts(values: MetricValues): MetricValues {
  return values.filter(({ type }) => type === 'counter' || type === 'histogram');
}

/** All but the series of one version. */
export function withoutVersion(values: MetricValues, model: string, version: string): MetricValues {
  return values.map((metric) => ({
    ...metric,
    values: metric.values.filter(({ labels }) => labels.model !== model || labels.version !== version),
  }));
}

function aggregate(parts: readonly MetricValues[]) {
  return AggregatorRegistry.aggregate(parts as unknown as object[]);
}
