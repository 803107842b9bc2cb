import type { Tensor } from '../../model/tensor.ts';
import type { TensorWriter } from '../tensor-writer.ts';

/** An output with the writer of its elements. */
export interface WrittenOutput {
  readonly tensor: Tensor;
  readonly writer: TensorWriter;
}

/**
 * The function that writes one row as a line of CSV without its end: every element of the outputs that are shown, side
 * by side. Numbers that are not finite are `NaN`, so that no line is empty.
 */
export function csvEntries(outputs: readonly WrittenOutput[]): (row: number) => string {
  return (row) => outputs.map((output) => csvElements(output, row)).join(',');
}

function csvElements({ tensor: { data }, writer }: WrittenOutput, row: number): string {
  const start = row * writer.width;
  const cells: string[] = [];
  for (let at = start; at < start + writer.width; at++) {
    const value = data[at];
    if (typeof value === 'string') cells.push(csvText(value));
    else {
      const element = writer.element(at);
      cells.push(element === 'null' ? 'NaN' : element);
    }
  }
  return cells.join(',');
}

function csvText(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
