import { LOADS, type Load } from '../load/loads.ts';
import { TARGETS } from '../targets/targets.ts';
import { judgeAims } from './aims.ts';
import { formatFigure, formatNumber, formatTable } from './format.ts';
import { type Cell, figureOf, findCell, type RunReport } from './run-report.ts';

const FLOOR = 'design-floor';

/** The whole run as Markdown that reads as plain text, too. */
export function renderTables(report: RunReport): string {
  const groups = report.cells.map((cell) => `${cell.model}\n${cell.load}`);
  const sections = [...new Set(groups)].map((group) => {
    const [model, load] = group.split('\n') as [string, string];
    return loadSection(report, model, LOADS.find(({ name }) => name === load)!);
  });
  return [describeRun(report), ...sections, startSection(report), aimSection(report), missingSection(report)]
    .filter((section) => section !== '')
    .join('\n\n');
}

function describeRun(report: RunReport): string {
  const pinned = report.isPinned
    ? 'servers on one core, load on another'
    : 'NOT pinned: servers and load share the cores';
  return `${report.machine}, Node ${report.node}, ${report.date}, commit ${report.commit}, ${report.entry}; ${pinned}; ${report.rounds} rounds of ${report.secondsPerRound} s, interleaved: medians (least–most)`;
}

function loadSection(report: RunReport, model: string, load: Load): string {
  const floor = figureOf(findCell(report, model, load.name, FLOOR), 'requestsPerSecond')?.median ?? null;
  const cells = report.cells.filter((cell) => cell.model === model && cell.load === load.name);
  const rowsTitle = load.rows === 1 ? [] : ['rows/s'];
  const head = [
    'target',
    'requests/s',
    ...rowsTitle,
    'of the floor',
    'p50 ms',
    'p99 ms',
    'p99.9 ms',
    'CPU µs',
  ];
  return `${model}: ${load.title}\n\n${formatTable(
    head,
    cells.map((cell) => cellRow(cell, load, floor)),
  )}`;
}

function cellRow(cell: Cell, load: Load, floor: number | null): readonly string[] {
  const title = titleOf(cell.target);
  const requests = figureOf(cell, 'requestsPerSecond');
  const rows = load.rows === 1 ? [] : [formatNumber(requests === null ? null : requests.median * load.rows)];
  if (cell.voided !== null) {
    return [`${title}: void, ${cell.voided}`, '–', ...rows, '–', '–', '–', '–', '–'];
  }
  const ratio = requests === null || floor === null ? null : requests.median / floor;
  return [
    title,
    formatFigure(requests),
    ...rows,
    formatNumber(ratio),
    formatFigure(figureOf(cell, 'p50Ms')),
    formatFigure(figureOf(cell, 'p99Ms')),
    formatNumber(figureOf(cell, 'p999Ms')?.median ?? null),
    formatNumber(figureOf(cell, 'cpuMicrosPerRequest')?.median ?? null),
  ];
}

function startSection({ starts, memory }: RunReport): string {
  const rows = memory.map((figures) => {
    const startOf = (cache: 'empty' | 'filled') =>
      formatFigure(
        starts.find((start) => start.target === figures.target && start.cache === cache)?.firstAnswerMs ??
          null,
      );
    const { idleMiB, afterLoadMiB, processes } = figures;
    return [
      titleOf(figures.target),
      startOf('empty'),
      startOf('filled'),
      formatNumber(idleMiB),
      formatNumber(afterLoadMiB),
      String(processes),
    ];
  });
  if (rows.length === 0) return '';
  const head = [
    'target',
    'first answer after ms',
    'with a filled cache',
    'MiB idle',
    'MiB after the load',
    'processes',
  ];
  return `Start and memory, with one forest\n\n${formatTable(head, rows)}`;
}

function aimSection(report: RunReport): string {
  const rows = judgeAims(report).map(({ text, ratio, bound, isMet }) => [
    text,
    bound,
    formatNumber(ratio),
    isMet === null ? 'not measured' : isMet ? 'met' : 'MISSED',
  ]);
  return `Aims: Switchyard /predict, iris\n\n${formatTable(['ratio of medians', 'aim', 'measured', ''], rows)}`;
}

function missingSection({ missing }: RunReport): string {
  return missing.map(({ target, reason }) => `Left out: ${titleOf(target)}: ${reason}`).join('\n');
}

function titleOf(target: string): string {
  return TARGETS.find(({ name }) => name === target)?.title ?? target;
}
