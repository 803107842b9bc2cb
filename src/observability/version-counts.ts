import { noCounts, type TimedCount, type VersionCounts } from '../model/version-counts.ts';
import type { MetricValues } from './metrics.ts';

type Part = 'parse' | 'queue' | 'inference' | 'encode';

const PARTS: Readonly<Record<string, Part>> = {
  switchyard_parse_duration_seconds: 'parse',
  switchyard_queue_duration_seconds: 'queue',
  switchyard_inference_duration_seconds: 'inference',
  switchyard_encode_duration_seconds: 'encode',
};

/** What the request metrics have counted of each version. */
export function countVersions(metrics: MetricValues): readonly VersionCounts[] {
  const counts = new Map<string, VersionCounts>();
  for (const { name, values } of metrics) {
    for (const { labels, metricName, value } of values) {
      const { model, version, code } = labels;
      if (typeof model !== 'string' || typeof version !== 'string' || version === '') continue;
      const key = JSON.stringify([model, version]);
      const known = counts.get(key) ?? noCounts(model, version);
      const suffix = metricName?.slice(name.length + 1);
      counts.set(key, { ...known, ...change(known, name, suffix, value, code === '200') });
    }
  }
  return [...counts.values()];
}

function change(
  known: VersionCounts,
  name: string,
  suffix: string | undefined,
  value: number,
  isSuccess: boolean,
): Partial<VersionCounts> {
  if (name === 'switchyard_last_inference_timestamp_seconds') return { lastAt: value };
  if (suffix !== 'count' && suffix !== 'sum') return {};
  if (name === 'switchyard_batch_rows') return suffix === 'count' ? { runs: value } : { rows: value };
  const part = PARTS[name];
  if (part !== undefined) return { [part]: add(known[part], suffix, value) };
  if (name !== 'switchyard_request_duration_seconds') return {};
  const which = isSuccess ? 'answered' : 'failed';
  return { [which]: add(known[which], suffix, value) };
}

function add(known: TimedCount, suffix: 'count' | 'sum', value: number): TimedCount {
  if (suffix === 'count') return { ...known, count: known.count + value };
  return { ...known, seconds: known.seconds + value };
}
