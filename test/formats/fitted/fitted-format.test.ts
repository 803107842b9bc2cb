import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/errors.ts';
import { CONVERTER_VERSION } from '../../../src/formats/fitted/convert/converter-version.ts';
import { createFittedFormat } from '../../../src/formats/fitted/fitted-format.ts';
import type { LocalVersion, PreparedModel } from '../../../src/formats/model-format.ts';
import { describeModelFormat } from '../../contracts/model-format-contract.ts';
import { localVersion } from '../local-version.ts';

const LOGGED = join(import.meta.dirname, 'fixtures/logged');
const TOLERANCE = 1e-12;
const KEPT = `converted-${CONVERTER_VERSION}-double`;
const { signal } = new AbortController();

const format = createFittedFormat({ maxThreads: 2, timeoutMs: 60_000 });
const logged = (name: string) => join(LOGGED, name);

const copy =
  (name: string, edit: (directory: string) => void = () => {}) =>
  (directory: string) => {
    cpSync(logged(name), directory, { recursive: true });
    edit(directory);
  };
const truncate = (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 500));

describeModelFormat({
  format,
  preparedFormat: 'sklearn',
  good: {
    'a skops file': logged('iris-skops'),
    'a cloudpickle file': logged('iris-pickle'),
    'a classifier without probabilities': logged('label-only'),
    'a regressor of two targets': logged('targets'),
    'a transformer': logged('scaler'),
  },
  foreign: {
    flavors: { onnx: {}, sklearn: {}, python_function: {} },
    inputs: null,
    outputs: null,
    runId: null,
    mlflowVersion: null,
    inputExample: null,
  },
  bad: {
    'an empty directory': { make: () => undefined, message: 'the directory holds no model file' },
    'a flavour of another library': {
      make: (directory) => writeFileSync(join(directory, 'MLmodel'), 'flavors:\n  keras: {}\n'),
      message: 'none of the flavours sklearn, xgboost, lightgbm (it has keras)',
    },
    'a model of CatBoost': {
      make: (directory) =>
        writeFileSync(join(directory, 'MLmodel'), 'flavors:\n  catboost:\n    data: model.cb\n'),
      message:
        'models of CatBoost are not converted; save it with model.save_model("model.onnx", format="onnx")',
    },
    'an MLmodel without its file': {
      make: copy('iris-pickle', (directory) => rmSync(join(directory, 'model.pkl'))),
      message: 'the file "model.pkl" of the model is missing',
    },
    'a file outside of the directory': {
      make: (directory) =>
        writeFileSync(join(directory, 'MLmodel'), 'flavors:\n  sklearn:\n    pickled_model: ../model.pkl\n'),
      message: 'a model file outside of its directory',
    },
    'a function of its own code': {
      make: copy('lambda'),
      message: 'steps[0]',
    },
    'a model that was never fitted': { make: copy('unfitted'), message: 'saved before it was fitted' },
    'a truncated pickle': {
      make: copy('iris-pickle', (directory) => truncate(join(directory, 'model.pkl'))),
      message: 'pickle',
    },
    'a truncated skops file': {
      make: copy('iris-skops', (directory) => truncate(join(directory, 'model.skops'))),
      message: 'skops',
    },
    'two models without an MLmodel': {
      make: (directory) => {
        for (const name of ['a.pkl', 'b.pkl']) writeFileSync(join(directory, name), '');
      },
      message: 'several models (a.pkl, b.pkl)',
    },
  },
});

interface Expected {
  readonly rows: readonly (readonly number[])[];
  readonly predict: readonly unknown[];
  readonly predict_proba: readonly (readonly number[])[] | null;
}

const expectations: Readonly<Record<string, Expected>> = JSON.parse(
  readFileSync(join(LOGGED, 'expected.json'), 'utf8'),
);

async function answer(prepared: PreparedModel, rows: Expected['rows']) {
  const session = await InferenceSession.create(prepared.graphPath, { logSeverityLevel: 4 });
  const [input] = prepared.signature.inputs;
  const dims = [rows.length, rows[0]?.length ?? 0];
  const outputs = await session.run({ [input?.name ?? '']: new Tensor('float64', rows.flat(), dims) });
  const data = (name: string) => Array.from((outputs[name]?.data ?? []) as ArrayLike<unknown>);
  return { label: data('label'), probabilities: data('probabilities'), variable: data('variable') };
}

describe('a model as MLflow logs it', () => {
  let root: string;
  let version: (name: string, precision?: LocalVersion['precision']) => LocalVersion;
  let threads: Worker[] = [];
  const count = (worker: Worker) => threads.push(worker);
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'switchyard-fitted-'));
    mkdirSync(join(root, 'kept'));
    version = (name, precision = 'double') => {
      const work = mkdtempSync(join(root, 'work-'));
      return localVersion(logged(name), work, { kept: join(root, 'kept'), precision });
    };
    threads = [];
    process.on('worker', count);
  });
  afterEach(() => {
    process.off('worker', count);
    rmSync(root, { recursive: true, force: true });
  });

  it.each([
    ['iris-skops', 'skops'],
    ['iris-pickle', 'pickle'],
    ['names', 'pickle'],
    ['label-only', 'pickle'],
    ['targets', 'pickle'],
  ])('answers as scikit-learn does: %s', async (name, sourceFormat) => {
    const prepared = await format.prepare(version(name), signal);
    expect(prepared).toMatchObject({ format: 'sklearn', invocations: 'predictions' });
    expect(prepared.conversion).toMatchObject({
      sourceFormat,
      library: 'sklearn',
      libraryVersion: '1.9.1',
      precision: 'double',
      fromCache: false,
    });
    const expected = expectations[name] as Expected;
    const got = await answer(prepared, expected.rows);
    if (name === 'targets') {
      expect(got.variable).toHaveLength(expected.predict.length * 2);
      for (const [at, value] of (expected.predict as number[][]).flat().entries())
        expect(Math.abs((got.variable[at] as number) - value)).toBeLessThanOrEqual(TOLERANCE * (1 + value));
      return;
    }
    const labels = got.label.map((label) => (typeof label === 'bigint' ? Number(label) : label));
    expect(labels).toEqual(expected.predict);
    const probabilities = expected.predict_proba?.flat() ?? [];
    expect(got.probabilities).toHaveLength(probabilities.length);
    for (const [at, value] of probabilities.entries())
      expect(Math.abs((got.probabilities[at] as number) - value)).toBeLessThanOrEqual(TOLERANCE);
  });

  it('is converted on a thread, once: the graph is kept and found again', async () => {
    const first = await format.prepare(version('iris-skops'), signal);
    expect(threads).toHaveLength(1);
    expect(readdirSync(join(root, 'kept')).sort()).toEqual([`${KEPT}.json`, `${KEPT}.onnx`]);
    expect(first.graphPath).toBe(join(root, `kept/${KEPT}.onnx`));
    const second = await format.prepare(version('iris-skops'), signal);
    expect(threads).toHaveLength(1);
    expect(second).toEqual({ ...first, conversion: { ...first.conversion, fromCache: true } });
  });

  it.each([
    ['the graph', `${KEPT}.onnx`],
    ['the record', `${KEPT}.json`],
  ])('is converted again if %s that was kept is damaged', async (_, name) => {
    const first = await format.prepare(version('iris-skops'), signal);
    const path = join(root, 'kept', name);
    const whole = readFileSync(path);
    const damaged = Buffer.from(whole);
    damaged[whole.length - 20] = (damaged[whole.length - 20] as number) ^ 1;
    writeFileSync(path, damaged);
    const second = await format.prepare(version('iris-skops'), signal);
    expect(second.conversion?.fromCache).toBe(false);
    expect(second.graphPath).toBe(first.graphPath);
    expect(readFileSync(first.graphPath)).toHaveLength(first.conversion?.graphBytes as number);
    expect((await format.prepare(version('iris-skops'), signal)).conversion?.fromCache).toBe(true);
  });

  it('is converted again for other files, and for another precision', async () => {
    await format.prepare(version('iris-skops'), signal);
    const other = { ...version('iris-skops'), digest: 'sha256:1' };
    expect((await format.prepare(other, signal)).conversion?.fromCache).toBe(false);
    const single = await format.prepare(version('iris-skops', 'float'), signal);
    expect(single.conversion).toMatchObject({ fromCache: false, precision: 'float' });
    expect(single.signature.inputs[0]?.type).toBe('float32');
  });

  it('serves with a note where nothing can be kept', async () => {
    const full = new GatewayError('CACHE_UNAVAILABLE', 'no space is left');
    const local = version('iris-skops');
    const keep = () => Promise.reject(full);
    const prepared = await format.prepare({ ...local, derived: { ...local.derived, keep } }, signal);
    expect(prepared.graphPath.startsWith(local.workDirectory)).toBe(true);
    expect(prepared.notes).toEqual([
      'the converted graph is not kept, and made again at the next start: no space is left',
    ]);
    expect((await answer(prepared, [[5.1, 3.5, 1.4, 0.2]])).label).toEqual([0n]);
  });

  it('is given up with its thread when its time is over, or when nobody wants it any more', async () => {
    const hasty = createFittedFormat({ maxThreads: 1, timeoutMs: 1 });
    await expect(hasty.prepare(version('iris-skops'), signal)).rejects.toMatchObject({
      code: 'LOAD_TIMEOUT',
      message: 'reading and converting the model takes longer than 1 ms',
    });
    const aborting = new AbortController();
    process.once('worker', () => aborting.abort(new Error('not wanted any more')));
    await expect(format.prepare(version('iris-skops'), aborting.signal)).rejects.toThrow(
      'not wanted any more',
    );
    expect(threads.map(({ threadId }) => threadId)).toEqual([-1, -1]);
  });
});
