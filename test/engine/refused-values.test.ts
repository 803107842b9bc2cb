import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { OnnxSession } from '../../src/engine/onnx-session.ts';
import { convertModel } from '../../src/formats/fitted/convert/convert-model.ts';
import type { Graph } from '../../src/model/graph.ts';
import type { Tensor } from '../../src/model/tensor.ts';
import { doubles, list, object } from '../formats/fitted/build-stored.ts';

const directory = mkdtempSync(join(tmpdir(), 'switchyard-engine-'));
afterAll(() => rmSync(directory, { recursive: true }));

function logarithmicRegression(): Graph {
  const logarithm = object('sklearn.preprocessing._function_transformer.FunctionTransformer', {
    func: { kind: 'name', name: 'numpy.log' },
    validate: false,
    n_features_in_: 1,
  });
  const regression = object('sklearn.linear_model._base.LinearRegression', {
    coef_: doubles([2]),
    intercept_: 0,
  });
  const steps = list(list('log', logarithm), list('fit', regression));
  const { onnx } = convertModel(object('sklearn.pipeline.Pipeline', { steps }), null);
  const path = join(directory, 'model.onnx');
  writeFileSync(path, onnx);
  return {
    path,
    inputs: [{ name: 'X', type: 'float64', shape: [-1, 1] }],
    outputs: [{ name: 'variable', type: 'float64', shape: [-1, 1] }],
    options: { intraOpThreads: 1, interOpThreads: 1, executionMode: 'sequential', optimizationLevel: 'all' },
  };
}

function rows(...values: number[]): Tensor {
  return { type: 'float64', dims: [values.length, 1], data: Float64Array.from(values) };
}

describe('a value for which a converted graph gives no answer', () => {
  it.each([
    ['of which a step makes no number', -1, 'a step of the model makes no number of a value of this row'],
    [
      'of which a step makes infinity',
      0,
      'FunctionTransformer at steps[0][1] makes an infinite number of a value of this row',
    ],
  ])('is the fault of the request: one %s', async (_, value, reason) => {
    const session = await OnnxSession.load(logarithmicRegression());
    const error = await session.run([rows(1, value)]).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'INVALID_INPUT',
      message: `the model gives no answer for a row of the request: ${reason}`,
    });
    const [answer] = await session.run([rows(1, Math.E)]);
    expect(answer?.data).toEqual(Float64Array.of(0, 2));
    await session.close();
  });
});
