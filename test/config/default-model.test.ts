import { describe, expect, it } from 'vitest';
import { problemsWith, readWith } from './read-with.ts';

const decide = (env: Record<string, string>) => readWith({ env }).defaultModel;
const OTHER = { SWITCHYARD_REGISTRY_DIR: '/models' };

describe('readDefaultModel', () => {
  it('is the setting, whatever else is given', () => {
    const expected = { kind: 'named', route: 'b', decidedBy: 'SWITCHYARD_DEFAULT_MODEL' };
    const models = 'models:/a/1,models:/b/1';
    expect(decide({ SWITCHYARD_MODELS: models, SWITCHYARD_DEFAULT_MODEL: 'b' })).toEqual(expected);
    expect(decide({ ...OTHER, SWITCHYARD_DEFAULT_MODEL: 'b' })).toEqual(expected);
    expect(readWith({ yaml: 'defaultModel: b' }).defaultModel).toMatchObject({ route: 'b' });
  });

  it('is refused if no model can have that route, with a suggestion', () => {
    const env = { SWITCHYARD_MODELS: 'fraud=models:/a/1', SWITCHYARD_DEFAULT_MODEL: 'frad' };
    expect(problemsWith({ env })).toEqual([
      'SWITCHYARD_DEFAULT_MODEL: "frad" is given; allowed: a route that is served ("fraud"); did you mean "fraud"?',
    ]);
  });

  it('is the one explicitly named model, by its route, also beside a wildcard', () => {
    expect(decide({ SWITCHYARD_MODELS: 'x=models:/a/1' })).toMatchObject({ kind: 'named', route: 'x' });
    expect(decide({ ...OTHER, SWITCHYARD_MODELS: 'models:/*/Production,models:/a/1' })).toMatchObject({
      route: 'a',
    });
  });

  it('is iris with the packaged models, if that can be among them', () => {
    expect(decide({})).toMatchObject({ kind: 'named', route: 'iris' });
    expect(decide({ SWITCHYARD_REGISTRY_DIR: '/package/models-fixtures/' })).toMatchObject({ route: 'iris' });
    expect(decide({ SWITCHYARD_MODELS: 'models:/iris/1,models:/b/1' })).toMatchObject({ route: 'iris' });
    expect(decide({ SWITCHYARD_MODELS: 'models:/a/1,models:/b/1' })).toEqual({ kind: 'none' });
  });

  it('is the only match at start under a wildcard of another registry', () => {
    expect(decide(OTHER)).toEqual({ kind: 'only-match-at-start' });
    expect(decide({ MLFLOW_TRACKING_URI: 'http://m' })).toEqual({ kind: 'only-match-at-start' });
  });

  it('is none with several explicitly named models', () => {
    expect(decide({ ...OTHER, SWITCHYARD_MODELS: 'models:/a/1,models:/b/1' })).toEqual({ kind: 'none' });
    expect(decide({ ...OTHER, SWITCHYARD_MODELS: 'models:/a/1,models:/b/1,models:/*/P' })).toEqual({
      kind: 'none',
    });
  });

  it('is the mounted model of a model directory', () => {
    expect(decide({ SWITCHYARD_MODEL_DIR: '/mnt/m' })).toMatchObject({ kind: 'named', route: 'model' });
  });
});
