import { describe, expect, it } from 'vitest';
import { renderChart } from '../../../bench/report/chart.ts';
import { renderTables } from '../../../bench/report/tables.ts';
import { cell, report, round } from './sample-report.ts';

function lineWith(text: string, rendered: string): string {
  const lines = rendered.replaceAll(/ +/g, ' ').split('\n');
  const line = lines.find((one) => one.includes(text));
  if (line === undefined) throw new Error(`no line holds "${text}"`);
  return line;
}

describe('renderTables', () => {
  it('shows median, extremes, ratio to the floor and latencies of each target', () => {
    const cells = [cell('design-floor', [1_000, 2_000, 2_000]), cell('switchyard', [900, 1_500, 1_600])];
    const line = lineWith('Switchyard /predict |', renderTables(report({ cells })));
    expect(line).toBe('| Switchyard /predict | 1,500 (900–1,600) | 0.75 (0.75–0.9) | 1 | 2 | 3 | 30 |');
  });

  it('counts rows where a body has many', () => {
    const cells = [cell('switchyard', [50], { load: 'rows' })];
    expect(lineWith('Switchyard /predict |', renderTables(report({ cells })))).toContain('| 50 | 5,000 |');
  });

  it('marks a figure that the load generator limited, but not in an open loop, where it always looks at the clock', () => {
    const rounds = [round({ requestsPerSecond: 70_000, generatorBusy: 0.99 })];
    const marked = renderTables(report({ cells: [cell('node-floor', [], { rounds })] }));
    expect(lineWith('node:http, constant answer |', marked)).toContain('| 70,000 * |');
    const open = renderTables(report({ cells: [cell('node-floor', [], { rounds, rate: 50_000 })] }));
    expect(lineWith('node:http, constant answer |', open)).toContain('| 70,000 |');
  });

  it('takes the latencies of the rounds that have some', () => {
    const starved = round({ answers: 0, requestsPerSecond: 0, p50Ms: Number.NaN, p99Ms: Number.NaN });
    const rounds = [round({ p50Ms: 5 }), starved, round({ p50Ms: 7 })];
    const line = lineWith(
      'Switchyard /predict |',
      renderTables(report({ cells: [cell('switchyard', [], { rounds })] })),
    );
    expect(line).toContain('| 1,000 (0–1,000) | – | 6 (5–7) | 2 |');
  });

  it('shows no figure of a void row, and why', () => {
    const cells = [cell('switchyard', [123], { voided: 'an answer has the status 503' })];
    const line = lineWith('void', renderTables(report({ cells })));
    expect(line).toContain('Switchyard /predict: void, an answer has the status 503');
    expect(line).not.toContain('123');
  });

  it('says which targets were left out, and why', () => {
    const missing = [{ target: 'mlserver', reason: 'it ended before it answered' }];
    expect(lineWith('Left out', renderTables(report({ missing })))).toBe(
      'Left out: MLServer: it ended before it answered',
    );
  });

  it('says what other work took of the servers’ core', () => {
    const rounds = [0.01, 0.04, 0.3].map((othersBusy) => round({ othersBusy }));
    const rendered = renderTables(report({ cells: [cell('switchyard', [], { rounds })] }));
    expect(rendered).toContain('other work took 4 % (at most 30 %)');
  });

  it('says when servers and load shared the cores', () => {
    expect(renderTables(report({ isPinned: false }))).toContain('NOT pinned');
  });
});

describe('renderChart', () => {
  const cells = [cell('design-floor', [10_000]), cell('switchyard', [900, 1_000, 1_100])];

  it('draws longer bars for greater figures', () => {
    const bars = renderChart(report({ cells })).matchAll(/<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)"/g);
    const [floor, own] = Array.from(bars, ([, width]) => Number(width));
    expect(floor).toBeGreaterThan(own!);
    expect(own).toBeGreaterThan(0);
  });

  it('leaves out what is void', () => {
    const voided = [cell('design-floor', [10_000]), cell('switchyard', [900], { voided: 'it ended' })];
    expect(renderChart(report({ cells: voided }))).not.toContain('Switchyard');
  });

  it('is well-formed whatever the machine is called', () => {
    expect(renderChart(report({ cells, machine: '<x> & "y"' }))).toContain('&lt;x&gt; &amp; "y"');
  });
});
