import type { DecodedRows } from '../../model/decode-rows.ts';
import { describeJsonType } from '../../model/describe-row-problem.ts';
import type { InvocationsForm } from '../../model/invocations-form.ts';
import { ProblemList } from '../../model/problem-list.ts';
import type { Signature } from '../../model/signature.ts';
import { entryWriter, shownOutputs } from '../entry-writer.ts';
import type { JsonCodec } from '../json-codec.ts';
import { OutputWriters } from '../output-writers.ts';
import { readColumns } from './read-columns.ts';
import { readInstances } from './read-instances.ts';

export const NAME = 'tensorflow-serving';

/** `row`: a list of instances, answered by a list of predictions. `column`: tensors, answered by tensors. */
export type PredictForm = 'row' | 'column';

export interface PredictOptions {
  readonly form: InvocationsForm;
}

const PIECE_ROWS = 1024;

/** Bodies and answers of `:predict`. Source: TensorFlow Serving's RESTful API. */
export const tensorflowCodec: JsonCodec<PredictForm, PredictOptions> = {
  decode(body, signature) {
    const problems = new ProblemList();
    const { form, values } = readEnvelope(body, problems);
    problems.throwIfAny();
    const decoded = read(form, values, signature, problems);
    problems.throwIfAny();
    return { ...decoded, form };
  },

  *encode({ outputs, rows, signature, form, options }) {
    const writers = new OutputWriters(outputs, signature, rows);
    const shown = shownOutputs(signature, options.form);
    // TensorFlow Serving names outputs only where there are several.
    const named = shown.named && shown.outputs.length > 1;
    if (form === 'row') {
      const write = entryWriter({ ...shown, named }, signature, writers.of);
      yield* list('{"predictions":[', write, rows, ']}');
      return writers.nonFinite;
    }
    yield named ? '{"outputs":{' : '{"outputs":';
    for (const [index, output] of shown.outputs.entries()) {
      const write = entryWriter({ outputs: [output], named: false }, signature, writers.of);
      const key = named ? `${index === 0 ? '' : ','}${JSON.stringify(signature.outputs[output]!.name)}:` : '';
      yield* list(`${key}[`, write, rows, ']');
      if (!named) break;
    }
    yield named ? '}}' : '}';
    return writers.nonFinite;
  },
};

function* list(
  open: string,
  write: (row: number) => string,
  rows: number,
  close: string,
): Generator<string, void, void> {
  yield open;
  for (let start = 0; start < rows; start += PIECE_ROWS) {
    let text = '';
    const end = Math.min(rows, start + PIECE_ROWS);
    for (let row = start; row < end; row++) text += row === 0 ? write(row) : `,${write(row)}`;
    yield text;
  }
  yield close;
}

interface Envelope {
  readonly form: PredictForm;
  readonly values: unknown;
}

/** Other keys are left alone, as TensorFlow Serving does: `signature_name`, and Vertex AI's `parameters`. */
function readEnvelope(body: unknown, problems: ProblemList): Envelope {
  const refuse = (pointer: string, detail: string): Envelope => {
    problems.add(() => ({ pointer, detail }));
    return { form: 'row', values: [] };
  };
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    const given = describeJsonType(body);
    return refuse('', `the body must be an object with "instances" or "inputs", got ${given}`);
  }
  const { instances, inputs } = body as { readonly instances?: unknown; readonly inputs?: unknown };
  if ((instances === undefined) === (inputs === undefined)) {
    const which =
      instances === undefined ? 'neither "instances" nor "inputs"' : 'both "instances" and "inputs"';
    return refuse('', `the body has ${which}; send one of them`);
  }
  if (instances === undefined) return { form: 'column', values: inputs };
  if (Array.isArray(instances) && instances.length > 0) return { form: 'row', values: instances };
  const given = Array.isArray(instances) ? 'an empty one' : describeJsonType(instances);
  return refuse('/instances', `"instances" must be a list of at least one, got ${given}`);
}

function read(form: PredictForm, values: unknown, signature: Signature, problems: ProblemList): DecodedRows {
  return form === 'row'
    ? readInstances(values as readonly unknown[], signature, problems)
    : readColumns(values, signature, problems);
}
