import { describe, expect, it } from 'vitest';
import { parseRegistryFile } from '../../../src/registry/directory/registry-file.ts';

const parse = (text: string) => parseRegistryFile(text, 'iris/registry.yaml');

describe('parseRegistryFile', () => {
  it('reads stages, aliases and tags', () => {
    const file = parse(`
# moved by the nightly job
stages: {Production: 2, staging: "3", Canary: [4, 5, 4]}
aliases:
  champion: 2
  7up: 1
tags:
  2: {switchyard.allow_breaking: "true", owner: me}
  3: {switchyard.allow_breaking: true}
`);
    expect([...file.stages]).toEqual([
      ['Production', ['2']],
      ['Staging', ['3']],
      ['Canary', ['4', '5']],
    ]);
    expect([...file.aliases]).toEqual([
      ['champion', '2'],
      ['7up', '1'],
    ]);
    expect([...file.tags]).toEqual([
      ['2', { 'switchyard.allow_breaking': 'true', owner: 'me' }],
      ['3', { 'switchyard.allow_breaking': 'true' }],
    ]);
  });

  it('takes version numbers beyond 2^53 exactly', () => {
    expect(parse('stages: {Production: 1795391721531000001}').stages.get('Production')).toEqual([
      '1795391721531000001',
    ]);
  });

  it.each(['stages:\n', 'stages: {}\naliases:\n', 'stages: {Production: []}'])(
    'takes %j for no pointers',
    (text) => {
      expect([...parse(text).stages.values()].flat()).toEqual([]);
    },
  );

  it.each<[string, RegExp | string]>([
    ['', /^iris\/registry\.yaml is empty; write for example "stages: \{Production: 2\}"/],
    ['# only a comment\n', /is empty/],
    ['- 1\n', 'iris/registry.yaml:1: must be a map'],
    ['stages: {Production: 2', /^iris\/registry\.yaml:1: Flow map/],
    ['stages:\n  Production: 2\n Staging: 3\n', /^iris\/registry\.yaml:3: /],
    [
      'aliases: {a: 1}\n\nstage: {Production: 2}',
      'iris/registry.yaml:3: unknown key "stage"; did you mean "stages"?',
    ],
    ['models: 1', 'unknown key "models"; allowed are stages, aliases, tags'],
    ['stages: 2', 'iris/registry.yaml:1: stages must be a map'],
    ['stages:\n  Production: two', 'iris/registry.yaml:2: stage "Production" must name a version number'],
    ['stages: {Production: 1.5}', 'must name a version number'],
    ['stages: {Production: -1}', 'must name a version number'],
    ['stages: {Production: "02"}', 'must name a version number'],
    ['stages: {Production: {version: 2}}', 'must name a version number'],
    ['stages: {Production: 2, production: 3}', 'stage "Production" is named twice'],
    ['stages: {Production: 2, Production: 3}', /unique/],
    ['aliases: {champion: [1, 2]}', 'alias "champion" must name a version number'],
    ['aliases: {champion: }', 'alias "champion" must name a version number'],
    ['tags: {x: {a: b}}', 'tags must name a version number'],
    ['tags: {2: true}', 'the tags of version 2 must be a map'],
    ['tags: {2: {a: [1]}}', 'tag "a" must be a text'],
  ])('refuses %j', (text, message) => {
    expect(() => parse(text)).toThrow(message);
    try {
      parse(text);
    } catch (error) {
      expect(error).toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
    }
  });
});
