import { LineCounter, parseDocument, YAMLParseError } from 'yaml';
import { GatewayError, messageOf } from '../errors.ts';
import { guessFileKind } from './file-kind.ts';
import type { MlModel, MlModelColumn, MlModelTensor } from './ml-model.ts';

type Specs = readonly (MlModelColumn | MlModelTensor)[];
type Fields = Readonly<Record<string, unknown>>;

/** Some 30,000 columns. The YAML parser needs seconds for a few MiB that are made to hurt it. */
const MAX_CHARACTERS = 2 * 1024 * 1024;
/** Python's dumper writes few aliases, if any; more than this is an attempt to blow the parser up. */
const MAX_ALIASES = 100;

/**
 * Reads the text of an `MLmodel` file (MLflow 1.x to 3.x): YAML whose signature is JSON in a string. Keys that are not
 * used are ignored whatever they hold; those that are used may be absent.
 *
 * @throws GatewayError INVALID_MODEL that says what is wrong.
 */
export function parseMlModel(text: string): MlModel {
  const root = parseYaml(text);
  const signature = optionalFields(root.signature, 'signature');
  const example = optionalFields(root.saved_input_example_info, 'saved_input_example_info');
  const examplePath = textOrNull(example?.artifact_path);
  return {
    flavors: parseFlavors(root.flavors),
    inputs: parseSpecs(signature?.inputs, 'inputs'),
    outputs: parseSpecs(signature?.outputs, 'outputs'),
    runId: textOrNull(root.run_id),
    mlflowVersion: textOrNull(root.mlflow_version),
    inputExample:
      examplePath === null ? null : { path: examplePath, type: textOrNull(example?.type) ?? 'dataframe' },
  };
}

function parseYaml(text: string): Fields {
  if (text.length > MAX_CHARACTERS) {
    throw invalid(`is larger than ${MAX_CHARACTERS} characters, which no MLmodel file is`);
  }
  const lineCounter = new LineCounter();
  let value: unknown;
  try {
    const document = parseDocument(text, {
      logLevel: 'silent',
      lineCounter,
      // Pretty ones take quadratic time, one context for each error.
      prettyErrors: false,
      // The check for unique keys takes quadratic time. Python's loader takes the last one, and so do we.
      uniqueKeys: false,
      // Python's dumper leaves texts like 12e4 bare (a run id can look so); its loader reads them as text.
      customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || tag.format !== 'EXP'),
    });
    const [error] = document.errors;
    if (error !== undefined) throw error;
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    const place = error instanceof YAMLParseError ? ` in line ${lineCounter.linePos(error.pos[0]).line}` : '';
    throw invalid(`is no YAML: ${shorten(messageOf(error))}${place}${lookingLike(text)}`, error);
  }
  if (!isFields(value)) throw invalid(`holds no YAML map${lookingLike(text)}`);
  return value;
}

function lookingLike(text: string): string {
  const kind = guessFileKind(new TextEncoder().encode(text.slice(0, 256)));
  return kind === null || kind === 'text' ? '' : ` (it looks like ${kind})`;
}

function parseFlavors(value: unknown): MlModel['flavors'] {
  const flavors: Record<string, Fields> = {};
  for (const [name, settings] of Object.entries(optionalFields(value, 'flavors') ?? {})) {
    flavors[name] = isFields(settings) ? settings : {};
  }
  return flavors;
}

function parseSpecs(value: unknown, side: 'inputs' | 'outputs'): Specs | null {
  if (value === undefined || value === null) return null;
  const where = `signature.${side}`;
  const list = typeof value === 'string' ? parseJson(value, where) : value;
  if (list === null) return null;
  if (!Array.isArray(list)) throw invalid(`has a ${where} that is no list`);
  const specs = list.map((item: unknown, index) => parseSpec(item, `${where}[${index}]`));
  if (specs.some((spec) => spec.kind !== specs[0]?.kind)) {
    throw invalid(`has a ${where} that mixes columns and tensors`);
  }
  return specs;
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(`has a ${where} that is no JSON: ${shorten(messageOf(error))}`, error);
  }
}

function parseSpec(value: unknown, where: string): MlModelColumn | MlModelTensor {
  if (!isFields(value)) throw invalid(`has a ${where} that is no object`);
  const type = value.type;
  if (typeof type !== 'string') throw invalid(`has a ${where} without a type`);
  const name = textOrNull(value.name);
  if (type !== 'tensor') {
    // Some 2.x releases wrote `optional` where later ones write `required`.
    const required = value.required !== false && value.optional !== true;
    return { kind: 'column', name, type, required };
  }
  const spec = value['tensor-spec'];
  const shape = isFields(spec) ? spec.shape : undefined;
  if (!isFields(spec) || typeof spec.dtype !== 'string' || !isShape(shape)) {
    throw invalid(`has a ${where} without a tensor-spec of dtype and shape`);
  }
  return { kind: 'tensor', name, dtype: spec.dtype, shape };
}

function isShape(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((dim) => Number.isSafeInteger(dim) && dim >= -1);
}

function optionalFields(value: unknown, where: string): Fields | null {
  if (value === undefined || value === null) return null;
  if (!isFields(value)) throw invalid(`has a "${where}" that is no map`);
  return value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOrNull(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

function shorten(text: string): string {
  return (text.split('\n', 1)[0] ?? '').slice(0, 200);
}

function invalid(what: string, cause?: unknown): GatewayError {
  return new GatewayError('INVALID_MODEL', `the MLmodel file ${what}`, { cause });
}
