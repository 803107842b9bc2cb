import { describe, expect, it } from 'vitest';
import {
  concernsPointer,
  concernsWorkspace,
  type RegistryChange,
  type RegistryHint,
} from '../../src/lifecycle/registry-hint.ts';
import { parseModelUri } from '../../src/model/model-uri.ts';

const hintOf = (change: RegistryChange, workspace: string | null = null): RegistryHint => ({
  deliveryId: 'a',
  workspace,
  name: 'iris',
  change,
});
const alias = { kind: 'alias', alias: 'champion' } as const;
const created = { kind: 'version-created', version: '7' } as const;
const allowed = { kind: 'version-tag', version: '7', key: 'switchyard.allow_breaking' } as const;
const tagged = { ...allowed, key: 'switchyard.status' } as const;

describe('concernsPointer', () => {
  it.each<[string, RegistryChange, boolean]>([
    ['models:/iris@champion', alias, true],
    ['models:/*@champion', alias, true],
    ['models:/other@champion', alias, false],
    ['models:/iris@Champion', alias, false],
    ['models:/iris/Production', alias, false],
    ['models:/iris/latest', alias, false],
    ['models:/iris/latest', created, true],
    ['models:/*/latest', created, true],
    ['models:/iris/None', created, true],
    ['models:/iris/7', created, true],
    ['models:/iris/8', created, false],
    ['models:/iris/Production', created, false],
    ['models:/iris@champion', created, false],
    ['models:/other/latest', created, false],
    ['models:/iris/Production', allowed, true],
    ['models:/iris@champion', allowed, true],
    ['models:/*/latest', allowed, true],
    ['models:/iris/7', allowed, true],
    ['models:/iris/8', allowed, false],
    ['models:/other/Production', allowed, false],
    ['models:/iris/Production', tagged, false],
    ['models:/iris/latest', { kind: 'other' }, false],
  ])('of %s and %j: %s', (uri, change, expected) => {
    expect(concernsPointer(hintOf(change), parseModelUri(uri))).toBe(expected);
  });
});

describe('concernsWorkspace', () => {
  it.each<[string | null, string | null, boolean]>([
    [null, null, true],
    [null, 'team', true],
    ['team', 'team', true],
    ['other', 'team', false],
    ['default', null, true],
    ['team', null, false],
  ])('a hint of %j where %j is followed: %s', (told, followed, expected) => {
    expect(concernsWorkspace(hintOf(alias, told), followed)).toBe(expected);
  });
});
