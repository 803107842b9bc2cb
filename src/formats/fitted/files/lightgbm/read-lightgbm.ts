import { GatewayError } from '../../../../errors.ts';
import type { StoredObject, StoredValue } from '../../values/stored-value.ts';
import { HEAP_COST, HeapBudget } from '../heap-budget.ts';
import { newObject } from '../inert-object.ts';
import { PLAIN_OBJECT, parseJsonValue } from '../json-value.ts';
import { treeValue } from './tree-value.ts';

const PANDAS = 'pandas_categorical:';

/** Lines of a text, one at a time: an array of them would be several times as large as the text. */
class Lines {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  next(): string | null {
    if (this.#at >= this.#text.length) return null;
    const found = this.#text.indexOf('\n', this.#at);
    const end = found < 0 ? this.#text.length : found;
    const line = this.#text.slice(this.#at, end);
    this.#at = end + 1;
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }
}

/**
 * Reads a model as `Booster.save_model` and `model_to_string` write it (LightGBM, `src/boosting/gbdt_model_text.cpp`): an
 * object with the lines of the header as texts, `trees`, the settings of the training as `parameters` (texts, too), and
 * `pandas_categorical`.
 *
 * @throws GatewayError INVALID_MODEL.
 */
export function readLightgbm(
  bytes: Uint8Array | string,
  budget: HeapBudget = new HeapBudget(),
): StoredObject {
  const text = typeof bytes === 'string' ? bytes : textOf(bytes);
  const lines = new Lines(text);
  if (lines.next() !== 'tree') throw broken('it does not begin as one of trees');
  const model = newObject(PLAIN_OBJECT);
  const trees: StoredValue[] = [];
  let line = readPairs(lines, model, budget);
  while (line?.startsWith('Tree=')) {
    if (line !== `Tree=${trees.length}`) throw broken(`"${line.slice(0, 40)}" follows ${trees.length} trees`);
    const block = newObject(PLAIN_OBJECT);
    line = readPairs(lines, block, budget);
    budget.take(HEAP_COST.slot);
    trees.push(treeValue(block, trees.length, budget));
  }
  if (line !== 'end of trees') throw broken('it is cut off: the line "end of trees" is missing');
  model.attributes.set('trees', { kind: 'list', items: trees });
  model.attributes.set('parameters', readParameters(lines, budget));
  model.attributes.set('pandas_categorical', pandasCategorical(text, budget));
  return model;
}

/** `key=value` lines as attributes, up to a line that begins something else, which is returned. */
function readPairs(lines: Lines, target: StoredObject, budget: HeapBudget): string | null {
  for (let line = lines.next(); line !== null; line = lines.next()) {
    if (line.startsWith('Tree=') || line === 'end of trees') return line;
    if (line === '') continue;
    const equals = line.indexOf('=');
    // A word alone is a mark that is set, e.g. `average_output`.
    const key = equals < 0 ? line : line.slice(0, equals);
    budget.take(HEAP_COST.entry + HEAP_COST.scalar);
    target.attributes.set(key, equals < 0 ? true : line.slice(equals + 1));
  }
  return null;
}

/** Lines such as `[learning_rate: 0.1]`; old versions write none. */
function readParameters(lines: Lines, budget: HeapBudget): StoredObject {
  const parameters = newObject(PLAIN_OBJECT);
  let isWithin = false;
  for (let line = lines.next(); line !== null; line = lines.next()) {
    if (line === 'end of parameters') break;
    if (line === 'parameters:') isWithin = true;
    const match = isWithin ? /^\[(\w+): (.*)\]$/.exec(line) : null;
    if (match === null) continue;
    budget.take(HEAP_COST.entry + HEAP_COST.scalar);
    parameters.attributes.set(match[1] as string, match[2] as string);
  }
  return parameters;
}

/** The categories of pandas' columns, as Python's `json` wrote them into the last line. */
function pandasCategorical(text: string, budget: HeapBudget): StoredValue {
  const start = text.lastIndexOf(`\n${PANDAS}`);
  if (start < 0) return null;
  const json = text.slice(start + 1 + PANDAS.length);
  return parseJsonValue(json, budget, 'pandas_categorical');
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw broken('it is no text');
  }
}

function broken(why: string): GatewayError {
  return new GatewayError('INVALID_MODEL', `the file is no model of LightGBM: ${why}`);
}
