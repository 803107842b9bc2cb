import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CONVERTER_VERSION } from '../src/formats/fitted/convert/converter-version.ts';
import { commandPickle, cutOffPickle, duplicatesPickle, ownClassPickle } from './fakes/hostile-pickles.ts';
import {
  copyVersion,
  type RunningGateway,
  runGateway,
  temporaryFolder,
  writeVersion,
} from './running-gateway.ts';

const LOGGED = join(import.meta.dirname, 'formats/fitted/fixtures/logged');
const NAMES = ['iris-skops', 'iris-pickle', 'iris-proba', 'names', 'label-only', 'targets', 'scaler'];
const FLOWER = [6.9, 3.2, 5.7, 2.3];
const TOLERANCE = 1e-12;

interface Expected {
  readonly rows: readonly (readonly number[])[];
  readonly predict: readonly (number | string | readonly number[])[];
  readonly predict_proba: readonly (readonly number[])[] | null;
}

const expectations = JSON.parse(await readFile(join(LOGGED, 'expected.json'), 'utf8')) as Record<
  string,
  Expected
>;
const logged = (name: string) => join(LOGGED, name);

async function jsonOf(response: Promise<Response>): Promise<unknown> {
  const answer = await response;
  expect(answer.status).toBe(200);
  return answer.json();
}

describe('models of scikit-learn through the whole gateway', () => {
  let registry: string;
  let running: RunningGateway;
  beforeAll(async () => {
    registry = await temporaryFolder();
    for (const name of NAMES) await copyVersion(registry, name, 1, logged(name));
    await writeVersion(registry, 'bare', 1, await readFile(join(logged('names'), 'model.pkl')), 'model.pkl');
    running = await runGateway({
      SWITCHYARD_REGISTRY_DIR: registry,
      SWITCHYARD_MODELS: 'models:/*/Production',
    });
    await running.serving(...NAMES, 'bare');
  }, 60_000);
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await rm(registry, { recursive: true });
  });

  it('answer /predict with the labels and probabilities of the library', async () => {
    for (const name of ['iris-skops', 'iris-pickle', 'iris-proba', 'names', 'bare']) {
      const { rows, predict, predict_proba } = expectations[name === 'bare' ? 'names' : name] as Expected;
      const { predictions } = (await jsonOf(running.post(`/models/${name}/predict`, { features: rows }))) as {
        predictions: { prediction: unknown; probability: number }[];
      };
      expect(predictions.map(({ prediction }) => prediction)).toEqual(predict);
      for (const [row, { probability }] of predictions.entries()) {
        const best = Math.max(...(predict_proba?.[row] ?? []));
        expect(Math.abs(probability - best), name).toBeLessThanOrEqual(TOLERANCE);
      }
    }
  });

  it('answer /predict for models without probabilities, of two targets, and that only transform', async () => {
    const labels = await jsonOf(running.post('/models/label-only/predict', { features: FLOWER }));
    expect(labels).toEqual({ prediction: 2 });
    const { rows, predict } = expectations.targets as Expected;
    const targets = (await jsonOf(running.post('/models/targets/predict', { features: rows }))) as {
      predictions: { prediction: number[] }[];
    };
    for (const [row, { prediction }] of targets.predictions.entries()) {
      const wanted = predict[row] as number[];
      expect(prediction).toHaveLength(2);
      for (const [at, value] of prediction.entries())
        expect(Math.abs(value - (wanted[at] as number))).toBeLessThanOrEqual(TOLERANCE * (1 + value));
    }
    const scaled = (await jsonOf(running.post('/models/scaler/predict', { features: FLOWER }))) as {
      prediction: number[];
    };
    expect(scaled.prediction).toHaveLength(4);
  });

  it.each([
    ['iris-skops', [0, 0, 1, 2]],
    ['label-only', (expectations['label-only'] as Expected).predict],
    ['names', (expectations.names as Expected).predict],
  ])('answer /invocations with predict: %s', async (name, predictions) => {
    const { rows } = expectations[name] as Expected;
    expect(await jsonOf(running.post(`/models/${name}/invocations`, { inputs: rows }, JSON_TYPE))).toEqual({
      predictions,
    });
  });

  it('answer /invocations with predict_proba where they were logged for it', async () => {
    const { rows, predict_proba } = expectations['iris-proba'] as Expected;
    const { predictions } = (await jsonOf(
      running.post('/models/iris-proba/invocations', { inputs: rows }, JSON_TYPE),
    )) as { predictions: number[][] };
    expect(predictions.map((row) => row.length)).toEqual(rows.map(() => 3));
    for (const [at, value] of predictions.flat().entries())
      expect(Math.abs(value - (predict_proba?.flat()[at] as number))).toBeLessThanOrEqual(TOLERANCE);
  });

  it('answer the Open Inference Protocol with tensors in double precision', async () => {
    const answer = (await jsonOf(
      running.post('/v2/models/iris-skops/infer', {
        inputs: [{ name: 'X', shape: [1, 4], datatype: 'FP64', data: FLOWER }],
      }),
    )) as { outputs: { name: string; datatype: string; shape: number[]; data: number[] }[] };
    expect(answer.outputs.map(({ name, datatype, shape }) => [name, datatype, shape])).toEqual([
      ['label', 'INT64', [1]],
      ['probabilities', 'FP64', [1, 3]],
    ]);
  });

  it('tell how they were converted', async () => {
    const status = (await (await fetch(`${running.url}/models/iris-skops`)).json()) as object;
    expect(status).toMatchObject({
      signature: { task: 'classifier', probabilities: true, source: 'mlmodel' },
      labels: ['0', '1', '2'],
      conversion: {
        sourceFormat: 'skops',
        library: 'sklearn',
        libraryVersion: '1.9.1',
        converterVersion: CONVERTER_VERSION,
        estimator: 'Pipeline(StandardScaler, LogisticRegression)',
        conversionMs: expect.any(Number),
        fromCache: false,
        graphBytes: expect.any(Number),
        precision: 'float64',
        tolerance: 1e-12,
        refusesValues: false,
      },
    });
  });
});

const JSON_TYPE = { 'content-type': 'application/json' };

describe('a version that cannot be converted', () => {
  let registry: string;
  let cache: string;
  let running: RunningGateway;
  beforeEach(async () => {
    registry = await temporaryFolder();
    cache = await temporaryFolder();
    await copyVersion(registry, 'iris', 1, logged('iris-pickle'));
    const settings = {
      SWITCHYARD_REGISTRY_DIR: registry,
      SWITCHYARD_CACHE_DIR: cache,
      SWITCHYARD_MODELS: 'models:/iris/latest',
    };
    running = await runGateway(settings);
    await running.serving('iris');
  });
  afterEach(async () => {
    await running[Symbol.asyncDispose]();
    await rm(registry, { recursive: true });
    await rm(cache, { recursive: true });
  });

  const failure = async () => {
    const lastError = () => running.gateway.service.statuses()[0]?.lastError ?? null;
    // While its files are still being written, that is what is wrong with it.
    await running.until(() => ![undefined, 'VERSION_NOT_READY'].includes(lastError()?.code));
    return lastError();
  };

  const mark = (name: string) => join(registry, name);

  it.each<[string, () => Uint8Array, string, RegExp]>([
    [
      'a pickle that would run a command',
      () => commandPickle(`touch ${mark('pwned')}`),
      'UNSUPPORTED_MODEL',
      /posix\.system.*never executed.*mlflow\.onnx\.log_model/,
    ],
    [
      'a class of its own code',
      ownClassPickle,
      'UNSUPPORTED_MODEL',
      /fraud\.models\.OurModel.*mlflow\.onnx\.log_model/,
    ],
    ['a bomb of 40 MB of duplicates', duplicatesPickle, 'INVALID_MODEL', /unfolds into more than/],
    ['a file that is cut off', cutOffPickle, 'INVALID_MODEL', /pickle/],
  ])('leaves the old one serving, and says why: %s', async (_, bytes, code, message) => {
    await writeVersion(registry, 'iris', 2, bytes(), 'model.pkl');
    expect(await failure()).toMatchObject({ code, message: expect.stringMatching(message) });
    const answer = await running.post('/models/iris/predict', { features: FLOWER });
    expect(answer.headers.get('x-model-version')).toBe('1');
    expect(await answer.json()).toMatchObject({ prediction: 2 });
    await expect(stat(mark('pwned'))).rejects.toThrow('ENOENT');
  });

  it.each([
    ['lambda', 'UNSUPPORTED_MODEL', /FunctionTransformer|function|log_model/],
    ['unfitted', 'INVALID_MODEL', /saved before it was fitted/],
  ])('leaves the old one serving, and says why: a model with %s', async (name, code, message) => {
    await copyVersion(registry, 'iris', 2, logged(name));
    expect(await failure()).toMatchObject({ code, message: expect.stringMatching(message) });
    expect((await running.post('/models/iris/predict', { features: FLOWER })).status).toBe(200);
  });

  it('does not convert again after a restart', async () => {
    const conversionOf = () => running.gateway.service.statuses()[0]?.conversion;
    const first = conversionOf();
    expect(first).toMatchObject({ fromCache: false });
    await running.gateway.stop();
    running = await runGateway({
      SWITCHYARD_REGISTRY_DIR: registry,
      SWITCHYARD_CACHE_DIR: cache,
      SWITCHYARD_MODELS: 'models:/iris/latest',
    });
    await running.serving('iris');
    expect(conversionOf()).toEqual({ ...first, fromCache: true });
    expect(await jsonOf(running.post('/models/iris/predict', { features: FLOWER }))).toMatchObject({
      prediction: 2,
    });
  });
});
