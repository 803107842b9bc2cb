import { describe, expect, it } from 'vitest';
import { formatFollowedModel } from '../../src/config/followed-models.ts';
import { problemsWith, readWith } from './read-with.ts';

const fromEnv = (models: string) => readWith({ env: { SWITCHYARD_MODELS: models } }).models;
const fromYaml = (models: unknown) => readWith({ yaml: JSON.stringify({ models }) }).models;
const envProblems = (models: string) => problemsWith({ env: { SWITCHYARD_MODELS: models } });
const yamlProblems = (models: unknown) => problemsWith({ yaml: JSON.stringify({ models }) });

describe('readFollowedModels', () => {
  it('reads every form of a pointer, with and without a route, in the order given', () => {
    const models = fromEnv(
      'models:/a/Production, b=models:/a@champion ,models:/c/7,models:/d/latest,models:/*/Staging,models:/e/production,',
    );
    expect(models.map(({ route, uri }) => [route, uri.name, uri.pointer])).toEqual([
      ['a', 'a', { kind: 'stage', stage: 'Production' }],
      ['b', 'a', { kind: 'alias', alias: 'champion' }],
      ['c', 'c', { kind: 'version', version: '7' }],
      ['d', 'd', { kind: 'latest' }],
      [null, '*', { kind: 'stage', stage: 'Staging' }],
      ['e', 'e', { kind: 'stage', stage: 'Production' }],
    ]);
    expect(models.map(formatFollowedModel).slice(0, 3)).toEqual([
      'models:/a/Production',
      'b=models:/a@champion',
      'models:/c/7',
    ]);
  });

  it('reads options of YAML objects and gives the others their defaults', () => {
    const models = fromYaml([
      'models:/a/1',
      { uri: 'models:/b/1', route: 'fast', batching: false, signature: 'any', placement: 'inline' },
      { uri: 'models:/*@live', placement: 'worker', invocations: 'predictions', precision: 'float32' },
    ]);
    expect(models).toMatchObject([
      {
        route: 'a',
        batching: true,
        signature: 'compatible',
        placement: 'auto',
        invocations: null,
        precision: 'double',
      },
      { route: 'fast', batching: false, signature: 'any', placement: 'inline' },
      {
        route: null,
        batching: true,
        signature: 'compatible',
        placement: 'worker',
        invocations: 'predictions',
        precision: 'float',
      },
    ]);
    expect(yamlProblems([{ uri: 'models:/a/1', precision: 'float16' }])[0]).toContain(
      '"float16" is given; allowed: "float64" or "float32"',
    );
  });

  it('reads the pointer that another one is compared with', () => {
    const models = fromYaml([
      { uri: 'models:/a/Production', crossCheck: { alias: 'champion' } },
      { uri: 'models:/*@champion', crossCheck: { stage: 'production', policy: 'warn' } },
      { uri: 'models:/b/1', crossCheck: null },
    ]);
    expect(models.map(({ crossCheck }) => crossCheck)).toEqual([
      { pointer: { kind: 'alias', alias: 'champion' }, policy: 'warn' },
      { pointer: { kind: 'stage', stage: 'Production' }, policy: 'warn' },
      null,
    ]);
  });

  it.each<[unknown, string]>([
    ['champion', 'crossCheck in /etc/switchyard.yaml: "champion" is given; allowed: a mapping with'],
    [{}, 'crossCheck in /etc/switchyard.yaml: allowed: a mapping with "alias" or "stage"'],
    [{ alias: 'a', stage: 'Staging' }, 'allowed: a mapping with "alias" or "stage"'],
    [
      { alias: 7 },
      'models[0].crossCheck.alias in /etc/switchyard.yaml: 7 is given; allowed: the name of an alias',
    ],
    [{ alias: 'latest' }, 'allowed: the name of an alias'],
    [{ stage: '3' }, '"3" is given; allowed: the name of a stage'],
    [{ stage: 'a/b' }, 'allowed: the name of a stage'],
    [
      { alias: 'a', policy: 'refuse' },
      'crossCheck.policy in /etc/switchyard.yaml: "refuse" is given; allowed: "warn"',
    ],
    [{ alais: 'a' }, 'crossCheck.alais in /etc/switchyard.yaml: there is no such key'],
    [{ stage: 'production' }, '"models:/a/Production" would be compared with itself'.replaceAll('"', '')],
  ])('refuses the crossCheck %j', (crossCheck, why) => {
    const problems = yamlProblems([{ uri: 'models:/a/Production', crossCheck }]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(why);
  });

  it('takes names with a comma or "=" in YAML only', () => {
    expect(
      fromYaml(['models:/a,b/1', 'models:/c=d/1', 'r=s=models:/e/1', { uri: 'models:/f=g/1' }]),
    ).toMatchObject([{ route: 'a,b' }, { route: 'c=d' }, { route: 'r=s' }, { route: 'f=g' }]);
    expect(envProblems('models:/c=d/1')[0]).toContain('names with a comma or "=" need the YAML form');
    expect(envProblems('r=s=models:/e/1')[0]).toContain('names with a comma or "=" need the YAML form');
  });

  it('stops the start when two explicit pointers share a route, and names both', () => {
    expect(envProblems('models:/a/1,models:/b/1,a=models:/c@x')).toEqual([
      'SWITCHYARD_MODELS: "models:/a/1" and "a=models:/c@x" share the route "a"; give each its own with ROUTE=models:/…',
    ]);
    expect(envProblems('models:/a/1,models:/a/1')).toHaveLength(1);
  });

  it('takes the same model on two routes, and wildcards beside explicit pointers', () => {
    expect(fromEnv('models:/a/1,old=models:/a/1')).toHaveLength(2);
    expect(fromEnv('models:/*/Production,models:/*/Staging,models:/a/1')).toHaveLength(3);
  });

  it.each([
    ['x=models:/*/Production', 'names many models, so it takes no route ("x")'],
    ['=models:/a/1', 'route "" cannot be part of a path'],
    ['a/b=models:/a/1', 'route "a/b" cannot be part of a path'],
    ['..=models:/a/1', 'route ".." cannot be part of a path'],
    ['ok=models:/../1', 'model name ".." cannot be part of a path'],
    ['a\u0001=models:/a/1', 'route "a\\u0001" cannot be part of a path'],
    ['iris', 'model URI "iris" does not begin with "models:/"'],
    ['models:/m-0123', 'names no stage, alias or version'],
    ['models:/a/1 models:/b/1', 'is malformed'],
  ])('refuses %j', (models, why) => {
    const problems = envProblems(models);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^SWITCHYARD_MODELS: /);
    expect(problems[0]).toContain(why);
  });

  it.each<[unknown, string]>([
    [[], 'models in /etc/switchyard.yaml: a list is given; allowed: a list of one model or more'],
    [{ uri: 'models:/a/1' }, 'models in /etc/switchyard.yaml: a mapping is given; allowed: a list'],
    [[7], 'models[0] in /etc/switchyard.yaml: 7 is given; write [ROUTE=]models:/NAME/STAGE'],
    [['models:/a/1', {}], 'models[1] in /etc/switchyard.yaml: the key "uri" is missing'],
    [[{ uri: 7 }], 'models[0].uri in /etc/switchyard.yaml: 7 is given'],
    [[{ uri: 'r=models:/a/1' }], 'model URI "r=models:/a/1" does not begin'],
    [[{ uri: 'models:/a/1', route: '' }], 'route "" cannot be part of a path'],
    [[{ uri: 'models:/a/1', route: '\ud800' }], 'cannot be part of a path'],
    [
      [{ uri: 'models:/a/1', routes: 'x' }],
      'models[0].routes in /etc/switchyard.yaml: there is no such key; did you mean "route"?',
    ],
    [
      [{ uri: 'models:/a/1', batching: 'maybe' }],
      'models[0].batching in /etc/switchyard.yaml: "maybe" is given; allowed: "true" or "false"',
    ],
    [[{ uri: 'models:/a/1', signature: 'all' }], 'allowed: "compatible", "any"'],
    [[{ uri: 'models:/a/1', placement: 'gpu' }], 'allowed: "auto", "inline", "worker"'],
    [[{ uri: 'models:/a/1', invocations: 'frames' }], 'allowed: "predictions", "records"'],
  ])('refuses the YAML %j', (models, why) => {
    const problems = yamlProblems(models);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(why);
  });

  it('reports every wrong entry at once', () => {
    expect(envProblems('a,b,models:/c/1')).toHaveLength(2);
  });
});
