import { describe, expect, it } from 'vitest';
import { type Given, problemsWith, readWith } from './read-with.ts';

const choice = (given: Given) => {
  const { registry } = readWith(given);
  if (registry.kind === 'mlflow') throw new Error('MLflow was chosen');
  return [registry.kind, registry.directory, registry.decidedBy];
};
const AZURE = { AZUREML_MODEL_DIR: '/var/azureml-app/azureml-models/iris/1' };
const EVERYWHERE = [
  '/var/azureml-app/azureml-models/iris/1/model/MLmodel',
  '/opt/ml/model/model.onnx',
  '/mnt/models/model.onnx',
];

describe('the model directory that a platform mounts', () => {
  it('is Azure ML’s before SageMaker’s before KServe’s, the first that holds anything', () => {
    const azure = '/var/azureml-app/azureml-models/iris/1/model';
    expect(choice({ env: AZURE, mounted: EVERYWHERE })).toEqual([
      'model-directory',
      azure,
      'AZUREML_MODEL_DIR',
    ]);
    const sagemaker = ['model-directory', '/opt/ml/model', 'the mounted /opt/ml/model'];
    expect(choice({ mounted: EVERYWHERE })).toEqual(sagemaker);
    expect(choice({ env: AZURE, mounted: EVERYWHERE.slice(1) })).toEqual(sagemaker);
    expect(choice({ mounted: EVERYWHERE.slice(2) })[1]).toBe('/mnt/models');
    expect(choice({})[2]).toBe('default');
  });

  it('counts where it may not be read, so that no other model is served in its place', () => {
    const listFolder = (path: string) => (path === '/opt/ml/model' ? null : []);
    expect(choice({ listFolder })[1]).toBe('/opt/ml/model');
  });

  it.each([
    ['SWITCHYARD_MODEL_DIR', { SWITCHYARD_MODEL_DIR: '/mine' }],
    ['SWITCHYARD_REGISTRY_DIR', { SWITCHYARD_REGISTRY_DIR: '/models' }],
    ['MLFLOW_TRACKING_URI', { MLFLOW_TRACKING_URI: 'http://mlflow:5000' }],
  ])('gives way to %s', (decidedBy, env) => {
    const given = { env: { ...AZURE, AIP_STORAGE_URI: 'gs://bucket/model', ...env }, mounted: EVERYWHERE };
    expect(readWith(given).registry).toMatchObject({ decidedBy });
  });

  it('is served under the name that is given, else as "model"', () => {
    const mounted = ['/mnt/models/model.onnx'];
    const { models, defaultModel } = readWith({ mounted });
    expect(models).toMatchObject([{ uri: { name: 'model' }, route: 'model' }]);
    expect(defaultModel).toMatchObject({ route: 'model' });
    const named = readWith({ mounted, flags: { modelName: 'iris' } });
    expect(named.models).toMatchObject([{ uri: { name: 'iris' }, route: 'iris' }]);
    expect(readWith({ mounted, env: { SWITCHYARD_MODEL_NAME: 'iris' } }).models).toEqual(named.models);
    const one = readWith({ mounted: ['/mnt/models/rose/1/model.onnx'], flags: { modelName: 'iris' } });
    expect(one.models).toMatchObject([{ uri: { name: 'rose' }, route: 'iris' }]);
    expect(one.defaultModel).toMatchObject({ route: 'iris' });
  });

  it('may hold several models, which keep their names', () => {
    const mounted = ['/mnt/models/iris/1/model.onnx', '/mnt/models/rose/1/model.onnx'];
    expect(choice({ mounted })).toEqual(['directory', '/mnt/models', 'the mounted /mnt/models']);
    expect(readWith({ mounted }).models).toMatchObject([{ uri: { name: '*' } }]);
    expect(readWith({ mounted, flags: { modelName: 'rose' } }).models).toMatchObject([{ route: null }]);
    expect(problemsWith({ mounted, flags: { modelName: 'tulip' } })).toEqual([
      '--model-name: "tulip" is given; the mounted directory has several models, which keep their names (iris, rose); allowed: one of them',
    ]);
  });

  it('can be named by a flag, which wins', () => {
    const env = { SWITCHYARD_MODEL_DIR: '/mine', SWITCHYARD_REGISTRY_DIR: '/models' };
    expect(choice({ env, flags: { modelDir: 'theirs' } })).toEqual([
      'model-directory',
      '/work/theirs',
      '--model-dir',
    ]);
  });

  it('refuses a name where nothing is mounted, and one that no path can have', () => {
    expect(problemsWith({ flags: { modelName: 'iris' } })[0]).toMatch(
      /^--model-name: names the model of a mounted/,
    );
    expect(problemsWith({ mounted: EVERYWHERE, flags: { modelName: 'a/b' } })[0]).toMatch(/without "\/"/);
  });

  it('says what to do where Vertex AI only tells where the model is', () => {
    const env = { AIP_STORAGE_URI: 'gs://caip-tenant/model' };
    expect(problemsWith({ env })).toEqual([
      'AIP_STORAGE_URI: "gs://caip-tenant/model" is given; models are not fetched from there; copy the model into the image and set SWITCHYARD_MODEL_DIR to its directory, or set MLFLOW_TRACKING_URI to follow a registry',
    ]);
    expect(choice({ env, mounted: EVERYWHERE })[1]).toBe('/opt/ml/model');
    expect(choice({ env: { AIP_STORAGE_URI: '' } })[2]).toBe('default');
  });
});
