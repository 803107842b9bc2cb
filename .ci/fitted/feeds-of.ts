import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { MISSING_TEXT } from '../../src/model/missing-text.ts';
import { type Cell, type ExpectedCase, numberOf } from './expected-case.ts';

/** Rows as the inputs of a converted graph: one of all columns, or one for each. */
export function feedsOf(
  session: InferenceSession,
  columns: ExpectedCase['columns'],
  rows: readonly (readonly Cell[])[],
): Record<string, Tensor> {
  const width = rows[0]?.length ?? 0;
  return Object.fromEntries(
    session.inputMetadata.map((input) => {
      if (!input.isTensor) throw new Error('an input is no tensor');
      const isWhole = input.name === 'X' && !columns?.includes('X');
      const column = columns?.indexOf(input.name) ?? Number(input.name.slice(1));
      const cells = isWhole ? rows.flat() : rows.map((row) => row[column] as Cell);
      const dims = [rows.length, isWhole ? width : 1];
      return [
        input.name,
        input.type === 'string'
          ? new Tensor('string', cells.map(textOf), dims)
          : new Tensor('float64', Float64Array.from(cells, numberOf), dims),
      ];
    }),
  );
}

function textOf(cell: Cell): string {
  return cell === null ? MISSING_TEXT : String(cell);
}
