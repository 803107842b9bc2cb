import { describeValueFault } from '../../model/describe-value-fault.ts';
import { isKnown } from '../../model/is-known.ts';
import { MISSING_TEXT } from '../../model/missing-text.ts';
import { showName } from '../../model/shown-name.ts';
import type { TensorData } from '../../model/tensor.ts';
import type { InputSource } from './fill-input.ts';

/**
 * Whether all values of an input are ones that the model gives an answer for, where it does not for all; adds a problem
 * for each that is not. Missing ones were checked before.
 */
export function areKnown({ input, matches, rows, problems }: InputSource, data: TensorData): boolean {
  const before = problems.count;
  for (const { column, domain, known, isSingle, takesNull } of input.columns) {
    if (known === null || rows === 0) continue;
    const width = data.length / rows;
    for (let row = 0; row < rows; row++) {
      const value = data[row * width + column.offset] as string | number;
      const isMissing = takesNull && (value === MISSING_TEXT || Number.isNaN(value));
      if (isMissing || isKnown({ known, isSingle }, value)) continue;
      const match = matches.find((one) => one.column?.column === column) ?? matches[0];
      const subject =
        column.name === null ? `input "${showName(input.spec.name)}"` : `column "${showName(column.name)}"`;
      problems.add(() => ({
        pointer: match?.tensor.pointer ?? '/inputs',
        detail: `${describeValueFault({ subject, typeName: column.type, domain, known }, 'unknown', '')} (row ${row})`,
      }));
    }
  }
  return problems.count === before;
}
