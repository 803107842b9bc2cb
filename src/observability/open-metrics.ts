import type { MetricsText } from './metrics.ts';

/**
 * Prometheus text as OpenMetrics 1.0: counter families lose `_total` in their HELP and TYPE lines, blank lines go, and
 * the text ends with `# EOF`. (prom-client's own OpenMetrics mode renames the counters for the plain format, too.)
 */
export function toOpenMetrics(prometheusText: string): MetricsText {
  const counters = new Set<string>();
  for (const [, name] of prometheusText.matchAll(/^# TYPE (\S+)_total counter$/gm)) counters.add(name!);
  const lines = prometheusText
    .split('\n')
    .filter((line) => line !== '')
    .map((line) =>
      line.replace(/^(# (?:HELP|TYPE) )(\S+)_total /, (whole, start: string, name: string) =>
        counters.has(name) ? `${start}${name} ` : whole,
      ),
    );
  return {
    contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
    body: `${lines.join('\n')}\n# EOF\n`,
  };
}
