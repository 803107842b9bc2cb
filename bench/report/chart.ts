import { CAPACITY, OPEN_LOOP } from '../load/loads.ts';
import type { Figure } from '../statistics.ts';
import { TARGETS } from '../targets/targets.ts';
import { formatNumber } from './format.ts';
import { figureOf, findCell, type Metric, type RunReport } from './run-report.ts';

const WIDTH = 820;
const LABEL_WIDTH = 250;
const VALUE_WIDTH = 90;
const BAR_HEIGHT = 20;
const ROW_HEIGHT = 28;
const TITLE_HEIGHT = 44;
const OWN = 'switchyard';

interface Panel {
  readonly title: string;
  readonly load: string;
  readonly metric: Metric;
}

const PANELS: readonly Panel[] = [
  {
    title: 'Requests per second, iris forest, 1 row, 32 connections (more is better, logarithmic)',
    load: CAPACITY,
    metric: 'requestsPerSecond',
  },
  {
    title: 'p99 in milliseconds at 70 % of each one’s own capacity (less is better, logarithmic)',
    load: OPEN_LOOP,
    metric: 'p99Ms',
  },
];

interface Bar {
  readonly title: string;
  readonly isOwn: boolean;
  readonly figure: Figure;
}

/** The first model's throughput and latency as bars with the extremes of the rounds, as an SVG document. */
export function renderChart(report: RunReport): string {
  let top = 0;
  const parts: string[] = [];
  for (const panel of PANELS) {
    const bars = barsOf(report, panel);
    if (bars.length === 0) continue;
    parts.push(renderPanel(panel.title, bars, top));
    top += TITLE_HEIGHT + bars.length * ROW_HEIGHT + 16;
  }
  const note = escapeText(
    `${report.machine}, Node ${report.node}, ${report.date}; medians of ${report.rounds} rounds, lines from least to most`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${top + 28}" viewBox="0 0 ${WIDTH} ${top + 28}" font-family="system-ui, sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#ffffff"/>
${parts.join('\n')}
<text x="12" y="${top + 14}" font-size="11" fill="#666666">${note}</text>
</svg>
`;
}

function barsOf(report: RunReport, { load, metric }: Panel): readonly Bar[] {
  const model = report.cells[0]?.model ?? '';
  return TARGETS.flatMap(({ name, title }) => {
    const figure = figureOf(findCell(report, model, load, name), metric);
    return figure === null ? [] : [{ title, isOwn: name === OWN, figure }];
  });
}

function renderPanel(title: string, bars: readonly Bar[], top: number): string {
  const scale = logarithmicScale(bars.map(({ figure }) => figure));
  const rows = bars.map((bar, index) => renderBar(bar, top + TITLE_HEIGHT + index * ROW_HEIGHT, scale));
  const heading = `<text x="12" y="${top + 26}" font-weight="600" fill="#222222">${escapeText(title)}</text>`;
  return [heading, ...rows].join('\n');
}

function renderBar({ title, isOwn, figure }: Bar, y: number, scale: (value: number) => number): string {
  const middle = y + BAR_HEIGHT / 2;
  const [least, end, most] = [figure.min, figure.median, figure.max].map((value) =>
    round(LABEL_WIDTH + scale(value)),
  );
  return [
    `<text x="${LABEL_WIDTH - 8}" y="${middle + 4}" text-anchor="end" fill="#222222">${escapeText(title)}</text>`,
    `<rect x="${LABEL_WIDTH}" y="${y}" width="${round(end! - LABEL_WIDTH)}" height="${BAR_HEIGHT}" fill="${isOwn ? '#1f6feb' : '#b6bdc7'}"/>`,
    `<line x1="${least}" x2="${most}" y1="${middle}" y2="${middle}" stroke="#222222"/>`,
    `<text x="${Math.max(end!, most!) + 6}" y="${middle + 4}" fill="#222222">${formatNumber(figure.median)}</text>`,
  ].join('\n');
}

/** From a power of ten below all values to the greatest value. */
function logarithmicScale(figures: readonly Figure[]): (value: number) => number {
  const least = Math.floor(Math.log10(Math.min(...figures.map(({ min }) => min))));
  const most = Math.log10(Math.max(...figures.map(({ max }) => max)));
  const width = WIDTH - LABEL_WIDTH - VALUE_WIDTH;
  return (value) => ((Math.log10(value) - least) / Math.max(most - least, 1e-9)) * width;
}

function round(value: number): number {
  return Number(value.toFixed(1));
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
