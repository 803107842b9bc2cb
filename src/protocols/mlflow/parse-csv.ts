import { GatewayError } from '../../errors.ts';

/**
 * The cells of a CSV text (RFC 4180) by line; empty lines are passed over. Lines may end in CR LF, LF or CR.
 *
 * @throws GatewayError INVALID_INPUT if a quoted cell has no end or goes on behind it.
 */
export function parseCsv(text: string): string[][] {
  if (!text.includes('"')) return splitPlain(text);
  const lines: string[][] = [];
  let cells: string[] = [];
  let at = 0;
  while (at < text.length) {
    const cell = text[at] === '"' ? readQuoted(text, at, lines.length) : readPlain(text, at);
    cells.push(cell.text);
    at = cell.end;
    if (text[at] === ',') {
      at++;
      // A comma at the very end has an empty cell behind it.
      if (at === text.length) cells.push('');
      else continue;
    }
    if (text[at] === '\r') at++;
    if (text[at] === '\n') at++;
    if (cells.length > 1 || cells[0] !== '' || cell.isQuoted) lines.push(cells);
    cells = [];
  }
  return lines;
}

function splitPlain(text: string): string[][] {
  const lines: string[][] = [];
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line !== '') lines.push(line.split(','));
  }
  return lines;
}

interface Cell {
  readonly text: string;
  /** Where what follows the cell begins: a comma, the end of the line or of the text. */
  readonly end: number;
  readonly isQuoted: boolean;
}

const CELL_END = /[,\r\n]|$/g;

function readPlain(text: string, start: number): Cell {
  CELL_END.lastIndex = start;
  const end = CELL_END.exec(text)?.index ?? text.length;
  return { text: text.slice(start, end), end, isQuoted: false };
}

function readQuoted(text: string, start: number, line: number): Cell {
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) throw refusal(line, 'a quoted cell has no end');
    if (text[quote + 1] === '"') {
      at = quote + 2;
      continue;
    }
    const end = quote + 1;
    if (end < text.length && !',\r\n'.includes(text[end]!)) {
      throw refusal(line, 'a quoted cell goes on behind its closing quote');
    }
    return { text: text.slice(start + 1, quote).replaceAll('""', '"'), end, isQuoted: true };
  }
}

function refusal(line: number, what: string): GatewayError {
  return new GatewayError(
    'INVALID_INPUT',
    `the body is no CSV: ${what} (line ${line + 1} of those with cells)`,
  );
}
