import { describe, expect, it } from 'vitest';
import type { InvocationsForm } from '../../../src/model/invocations-form.ts';
import type { Signature, Task } from '../../../src/model/signature.ts';
import type { Tensor } from '../../../src/model/tensor.ts';
import type { AnswerFormat } from '../../../src/protocols/mlflow/answer-format.ts';
import { scoringCodec } from '../../../src/protocols/mlflow/codec.ts';
import { BOXES } from './signatures.ts';

const signature = (outputs: Signature['outputs'], task: Task): Signature => ({ ...BOXES, outputs, task });
const LABEL = { name: 'label', type: 'int64', shape: [-1] } as const;
const SCORES = { name: 'probabilities', type: 'float32', shape: [-1, 2] } as const;
const CLASSIFIER = signature([LABEL, SCORES], {
  kind: 'classifier',
  labelOutput: 0,
  scoresOutput: 1,
  labels: [0n, 1n],
  scores: 'probabilities',
});
const VALUE = { name: 'variable', type: 'float32', shape: [-1, 1] } as const;
const REGRESSOR = signature([VALUE], { kind: 'regressor', output: 0 });

function encode(
  outputs: readonly Tensor[],
  of: Signature,
  form: InvocationsForm,
  answer: AnswerFormat = 'json',
) {
  const options = { format: { kind: 'json' }, answer, form } as const;
  const rows = outputs[0]!.dims[0]!;
  const pieces = scoringCodec.encode({ outputs, rows, signature: of, form: null, options });
  let body = '';
  let piece = pieces.next();
  for (; !piece.done; piece = pieces.next()) body += piece.value;
  return { body, nonFinite: piece.value };
}

const classes: readonly Tensor[] = [
  { type: 'int64', dims: [2], data: BigInt64Array.of(1n, 2n ** 60n + 1n) },
  { type: 'float32', dims: [2, 2], data: Float32Array.of(0.25, 0.75, Number.NaN, 1) },
];
const values: readonly Tensor[] = [{ type: 'float32', dims: [2, 1], data: Float32Array.of(1.5, Infinity) }];

describe('the answer of /invocations', () => {
  it('is a record a row for what was logged with the ONNX flavour', () => {
    expect(encode(classes, CLASSIFIER, 'records')).toEqual({
      body: '{"predictions":[{"label":1,"probabilities":[0.25,0.75]},{"label":1152921504606846977,"probabilities":[null,1]}]}',
      nonFinite: 1,
    });
    expect(encode(values, REGRESSOR, 'records')).toEqual({
      body: '{"predictions":[{"variable":1.5},{"variable":null}]}',
      nonFinite: 1,
    });
  });

  it('is the prediction of each row for the scikit-learn flavour', () => {
    expect(encode(classes, CLASSIFIER, 'predictions')).toEqual({
      body: '{"predictions":[1,1152921504606846977]}',
      nonFinite: 0,
    });
    expect(encode(values, REGRESSOR, 'predictions').body).toBe('{"predictions":[1.5,null]}');
    const targets = [{ ...classes[1]!, data: Float32Array.of(1, 2, 3, 4) }];
    const several = signature([SCORES], { kind: 'regressor', output: 0 });
    expect(encode(targets, several, 'predictions').body).toBe('{"predictions":[[1,2],[3,4]]}');
  });

  it('has the labels of a multi-label model side by side', () => {
    const labels = (...data: bigint[]): Tensor => ({
      type: 'int64',
      dims: [2],
      data: BigInt64Array.from(data),
    });
    const apart = signature([LABEL, { ...LABEL, name: 'more' }], {
      kind: 'multi-label',
      labelOutputs: [0, 1],
    });
    expect(encode([labels(1n, 0n), labels(5n, 6n)], apart, 'predictions').body).toBe(
      '{"predictions":[[1,5],[0,6]]}',
    );
    const together = signature([{ ...LABEL, shape: [-1, 2] }], { kind: 'multi-label', labelOutputs: [0] });
    const matrix: Tensor = { type: 'int64', dims: [1, 2], data: BigInt64Array.of(1n, 0n) };
    expect(encode([matrix], together, 'predictions').body).toBe('{"predictions":[[1,0]]}');
  });

  it('has the only output of any other graph, or all of them by name', () => {
    const other = { kind: 'other' } as const;
    expect(encode([classes[1]!], signature([SCORES], other), 'predictions').body).toBe(
      '{"predictions":[[0.25,0.75],[null,1]]}',
    );
    expect(encode(classes, signature([LABEL, SCORES], other), 'predictions').body).toBe(
      encode(classes, CLASSIFIER, 'records').body,
    );
  });

  it('is empty for zero rows', () => {
    const none: readonly Tensor[] = [
      { type: 'int64', dims: [0], data: new BigInt64Array() },
      { type: 'float32', dims: [0, 2], data: new Float32Array() },
    ];
    expect(encode(none, CLASSIFIER, 'records').body).toBe('{"predictions":[]}');
    expect(encode(none, CLASSIFIER, 'records', 'csv').body).toBe('');
  });

  it('is lines of JSON or CSV where they are asked for', () => {
    expect(encode(classes, CLASSIFIER, 'predictions', 'json-lines').body).toBe('1\n1152921504606846977\n');
    expect(encode(classes, CLASSIFIER, 'records', 'csv')).toEqual({
      body: '1,0.25,0.75\n1152921504606846977,NaN,1\n',
      nonFinite: 1,
    });
    const town = { name: 'town', type: 'string', shape: [-1] } as const;
    const texts: Tensor = { type: 'string', dims: [4], data: ['Łódź', 'a,"b"', '', 'c\nd'] };
    const towns = signature([town], { kind: 'other' });
    expect(encode([texts], towns, 'predictions', 'csv').body).toBe('Łódź\n"a,""b"""\n""\n"c\nd"\n');
    expect(encode([texts], towns, 'predictions', 'json-lines').body).toBe(
      '"Łódź"\n"a,\\"b\\""\n""\n"c\\nd"\n',
    );
  });

  it('comes in pieces that fit together', () => {
    const rows = 3000;
    const data = BigInt64Array.from({ length: rows }, (_, at) => BigInt(at));
    const scores: Tensor = { type: 'float32', dims: [rows, 2], data: new Float32Array(2 * rows) };
    const { body } = encode([{ type: 'int64', dims: [rows], data }, scores], CLASSIFIER, 'predictions');
    expect(JSON.parse(body)).toEqual({ predictions: Array.from(data, Number) });
  });
});
