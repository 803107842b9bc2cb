import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { parseMlModel } from '../../src/model/parse-ml-model.ts';

function failure(text: string): GatewayError {
  try {
    parseMlModel(text);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('expected an error');
}

describe('parseMlModel', () => {
  it('reads what MLflow 3 writes for an ONNX model with a column signature and an example', () => {
    const model = parseMlModel(
      readFileSync(new URL('../fixtures/onnx/mlflow-columns/MLmodel', import.meta.url), 'utf8'),
    );
    expect(model.flavors.onnx).toMatchObject({ data: 'model.onnx', onnx_session_options: null });
    expect(model.inputs).toEqual(
      ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'].map((name) => ({
        kind: 'column',
        name,
        type: 'double',
        required: true,
      })),
    );
    expect(model).toMatchObject({
      outputs: null,
      runId: '00063ae35981429ab2e19dad2cfc7481',
      mlflowVersion: '3.17.2',
      inputExample: { path: 'input_example.json', type: 'dataframe' },
    });
  });

  it('takes a file that says almost nothing', () => {
    expect(parseMlModel('flavors:\n  onnx:\n')).toEqual({
      flavors: { onnx: {} },
      inputs: null,
      outputs: null,
      runId: null,
      mlflowVersion: null,
      inputExample: null,
    });
  });

  it('reads tensors, nameless columns and columns that may be left out', () => {
    const tensors = parseMlModel(
      `signature:\n  inputs: '[{"type":"tensor","tensor-spec":{"dtype":"float32","shape":[-1,4]}}]'\n  outputs: null\n`,
    );
    expect(tensors.inputs).toEqual([{ kind: 'tensor', name: null, dtype: 'float32', shape: [-1, 4] }]);
    const columns = parseMlModel(
      `signature:\n  inputs: '[{"type":"long"},{"type":"double","optional":true},{"type":"array","items":{"type":"float"},"required":false}]'\n`,
    );
    expect(columns.inputs).toEqual([
      { kind: 'column', name: null, type: 'long', required: true },
      { kind: 'column', name: null, type: 'double', required: false },
      { kind: 'column', name: null, type: 'array', required: false },
    ]);
  });

  it('keeps a run id that looks like a number a text, as Python does', () => {
    expect(parseMlModel('run_id: 593e1234567890123456789012345678\n').runId).toBe(
      '593e1234567890123456789012345678',
    );
  });

  it('leaves the keys of a flavour alone that look like those of an object', () => {
    const model = parseMlModel('flavors:\n  __proto__: {x: 1}\n  onnx: {constructor: 2}\n');
    expect(Object.getPrototypeOf(model.flavors.onnx)).toBe(Object.prototype);
    expect(model.flavors.onnx).toEqual({ constructor: 2 });
  });

  it.each([
    ['an empty file', '', 'an empty file'],
    ['a list', '- a\n- b\n', 'holds no YAML map'],
    ['a web page', '<!DOCTYPE html><html><body>Sign in</body></html>', 'an HTML page'],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:ab\n', 'Git LFS'],
    ['broken YAML', 'run_id: a\nflavors: {onnx: [}', 'in line 2'],
    ['flavours that are a list', 'flavors: [onnx]', '"flavors" that is no map'],
    ['a signature that is no JSON', `signature: {inputs: '[{'}`, 'signature.inputs that is no JSON'],
    ['a signature that is no list', `signature: {inputs: '{}'}`, 'signature.inputs that is no list'],
    [
      'a column without a type',
      `signature: {outputs: '[{"name":"a"}]'}`,
      'signature.outputs[0] without a type',
    ],
    ['a tensor without a shape', `signature: {inputs: '[{"type":"tensor"}]'}`, 'signature.inputs[0] without'],
    [
      'columns mixed with tensors',
      `signature: {inputs: '[{"type":"long"},{"type":"tensor","tensor-spec":{"dtype":"int64","shape":[-1]}}]'}`,
      'mixes columns and tensors',
    ],
    ['aliases that explode', bomb(), 'is no YAML'],
    ['very deep nesting', '['.repeat(20_000), 'is no YAML'],
    ['megabytes', `a: ${'x'.repeat(3 * 1024 * 1024)}`, 'larger than'],
  ])('says what is wrong with %s', (_, text, message) => {
    const error = failure(text);
    expect(error.code).toBe('INVALID_MODEL');
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('\n');
  });
});

function bomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 9; level += 1) {
    lines.push(`a${level}: &a${level} [${new Array(9).fill(`*a${level - 1}`).join(', ')}]`);
  }
  return `${lines.join('\n')}\n`;
}
