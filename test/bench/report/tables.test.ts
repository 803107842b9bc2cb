import { describe, expect, it } from 'vitest';
import { renderChart } from '../../../bench/report/chart.ts';
import { renderTables } from '../../../bench/report/tables.ts';
import { cell, report } from './sample-report.ts';

function lineWith(text: string, rendered: string): string {
  const lines = rendered.replaceAll(/ +/g, ' ').split('\n');
  const line = lines.find((one) => one.includes(text));
  if (line === undefined) throw new Error(`no line holds "${text}"`);
  return line;
}

describe('renderTables', () => {
  it('shows median, extremes, ratio to the floor and latencies of each target', () => {
    const cells = [cell('design-floor', [2_000]), cell('switchyard', [900, 1_500, 1_600])];
    const line = lineWith('Switchyard /predict |', renderTables(report({ cells })));
    expect(line).toBe('| Switchyard /predict | 1,500 (900–1,600) | 0.75 | 1 | 2 | 3 | 30 |');
  });

  it('counts rows where a body has many', () => {
    const cells = [cell('switchyard', [50], { load: 'rows' })];
    expect(lineWith('Switchyard /predict |', renderTables(report({ cells })))).toContain('| 50 | 5,000 |');
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
