import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../errors.ts';
import type { MlModel } from '../../model/ml-model.ts';
import type { Signature } from '../../model/signature.ts';
import { exampleRows } from './example-rows.ts';
import { isWithin, resolveFile } from './external-data.ts';

export interface InputExample {
  readonly rows: readonly unknown[] | null;
  readonly notes: readonly string[];
}

const MAX_EXAMPLE_BYTES = 16 * 1024 * 1024;
const SERVING_EXAMPLE = 'serving_input_example.json';

/**
 * The rows of the input example that was saved with the model. An example that cannot be used is worth a note and
 * nothing more.
 */
export async function readInputExample(
  directory: string,
  mlmodel: MlModel | null,
  signature: Signature,
): Promise<InputExample> {
  if (mlmodel === null || mlmodel.inputExample === null) return { rows: null, notes: [] };
  const problems: string[] = [];
  for (const path of [mlmodel.inputExample.path, SERVING_EXAMPLE]) {
    try {
      const rows = exampleRows(await readJson(directory, path), signature);
      if (typeof rows !== 'string') return { rows, notes: [] };
      problems.push(rows);
    } catch (error) {
      problems.push(messageOf(error));
    }
  }
  return { rows: null, notes: [`the saved input example is not used: ${problems[0]}`] };
}

async function readJson(directory: string, path: string): Promise<unknown> {
  if (!isWithin(path)) throw new Error('it lies outside of the model directory');
  const file = await resolveFile(directory, join(directory, path), 0);
  if ((await stat(file)).size > MAX_EXAMPLE_BYTES)
    throw new Error(`it is larger than ${MAX_EXAMPLE_BYTES} bytes`);
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text.replace(TEXT_OR_NON_FINITE, (token) => (token.startsWith('"') ? token : 'null')));
  } catch {
    throw new Error('it is no JSON');
  }
}

// pandas writes a missing value as a bare NaN, which is no JSON; texts are matched so that nothing in them is.
const TEXT_OR_NON_FINITE = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;
