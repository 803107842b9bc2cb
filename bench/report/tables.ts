import { LOADS, type Load } from '../load/loads.ts';
import { median } from '../statistics.ts';
import { TARGETS } from '../targets/targets.ts';
import { judgeAims } from './aims.ts';
import { formatFigure, formatNumber, formatTable } from './format.ts';
import { type Cell, figureOf, findCell, type RunReport, ratioOf } from './run-report.ts';

const FLOOR = 'design-floor';

/** Share of the load generator's core. */
const FULL = 0.95;

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
  const { machine, node, date, commit, entry, rounds, secondsPerRound } = report;
  const pinned = report.isPinned
    ? `servers on one core, of which other work took ${othersShare(report)}; load on another`
    : 'NOT pinned: servers and load share the cores';
  return [
    `${machine}; Node ${node}; ${date}; commit ${commit}; ${entry}; ${pinned}.`,
    `${rounds} rounds of ${secondsPerRound} s, interleaved: medians (least–most). *: the load generator was at its limit.`,
  ].join('\n');
}

/** How quiet the machine was. */
function othersShare({ cells }: RunReport): string {
  const shares = cells.flatMap((cell) => cell.rounds.map(({ othersBusy }) => othersBusy));
  if (shares.length === 0) return 'nothing that was measured';
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  return `${percent(median(shares))} (at most ${percent(Math.max(...shares))})`;
}

function loadSection(report: RunReport, model: string, load: Load): string {
  const floor = findCell(report, model, load.name, FLOOR);
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

function cellRow(cell: Cell, load: Load, floor: Cell | undefined): readonly string[] {
  const title = titleOf(cell.target);
  const requests = figureOf(cell, 'requestsPerSecond');
  const rows = load.rows === 1 ? [] : [formatNumber(requests === null ? null : requests.median * load.rows)];
  if (cell.voided !== null) {
    return [`${title}: void, ${cell.voided}`, '–', ...rows, '–', '–', '–', '–', '–'];
  }
  return [
    title,
    formatFigure(requests) + (isLimitedByLoad(cell) ? ' *' : ''),
    ...rows,
    formatFigure(ratioOf(cell, floor, 'requestsPerSecond')),
    formatFigure(figureOf(cell, 'p50Ms')),
    formatFigure(figureOf(cell, 'p99Ms')),
    formatNumber(figureOf(cell, 'p999Ms')?.median ?? null),
    formatNumber(figureOf(cell, 'cpuMicrosPerRequest')?.median ?? null),
  ];
}

/** The generator's core was full, so that the server might have managed more. In an open loop it always is. */
function isLimitedByLoad({ rate, rounds }: Cell): boolean {
  return rate === null && median(rounds.map(({ generatorBusy }) => generatorBusy)) > FULL;
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
