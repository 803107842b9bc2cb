import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { compareCrossCheck, crossCheckStates, crossCheckUris } from '../../src/lifecycle/cross-check.ts';
import type { FollowedModel } from '../../src/lifecycle/model-policy.ts';
import { describeSlot } from '../../src/lifecycle/model-status.ts';
import { formatModelUri, parseModelUri } from '../../src/model/model-uri.ts';
import type { PointerState, Resolution } from '../../src/registry/model-registry.ts';
import { found, setUpSlots } from './slot-fixture.ts';
import { versionOf } from './versions.ts';

const [v1, v2] = [versionOf(1), versionOf(2)];
const uri = parseModelUri('models:/iris/Production');
const other = parseModelUri('models:/iris@champion');
const absent: PointerState = { outcome: 'absent', name: 'iris', reason: 'no such alias' };
const failed: PointerState = {
  outcome: 'failed',
  name: 'iris',
  error: new GatewayError('REGISTRY_UNAVAILABLE', 'no answer'),
};
const DISAGREE =
  'models:/iris/Production names version 1, but models:/iris@champion names version 2; the former is followed';
const NOTHING =
  'models:/iris/Production names version 1, but models:/iris@champion names no version; the former is followed';

const follow = (text: string, checked: boolean): FollowedModel => ({
  uri: parseModelUri(text),
  route: null,
  batching: true,
  signature: 'compatible',
  placement: 'auto',
  invocations: null,
  precision: 'double',
  crossCheck: checked ? { pointer: other.pointer, policy: 'warn' } : null,
});

describe('compareCrossCheck', () => {
  const compare = (state: PointerState, second: PointerState) =>
    compareCrossCheck(uri, state, { uri: other, state: second });

  it.each([
    ['agrees where both name the same version', found(v1), found(v1), null],
    ['disagrees where they name different ones', found(v1), found(v2), DISAGREE],
    ['disagrees where the second names none', found(v1), absent, NOTHING],
  ])('%s', (_what, state, second, disagreement) => {
    expect(compare(state, second)).toEqual({ uri: 'models:/iris@champion', disagreement });
  });

  it.each([
    ['the followed pointer is absent', absent, found(v1)],
    ['the followed pointer cannot be told', failed, found(v1)],
    ['the second cannot be told', found(v1), failed],
  ])('says nothing where %s', (_what, state, second) => {
    expect(compare(state, second)).toBeNull();
  });
});

describe('crossCheckStates', () => {
  const resolution = (text: string, states: readonly PointerState[]): Resolution => ({
    uri: parseModelUri(text),
    states,
    available: [],
  });

  it('finds the second pointers behind those of the models, by name, and knows what a wildcard leaves out', () => {
    const models = [
      follow('models:/wine/Production', false),
      follow('models:/*/Production', true),
      follow('models:/iris/Production', true),
    ];
    expect(crossCheckUris(models).map(formatModelUri)).toEqual([
      'models:/*@champion',
      'models:/iris@champion',
    ]);
    const otherOf = crossCheckStates(models, [
      resolution('models:/wine/Production', []),
      resolution('models:/*/Production', []),
      resolution('models:/iris/Production', []),
      resolution('models:/*@champion', [found(v2)]),
      resolution('models:/iris@champion', [absent]),
    ]);
    expect(otherOf(models[0]!, 'wine')).toBeNull();
    expect(otherOf(models[1]!, 'iris')).toEqual({ uri: other, state: found(v2) });
    expect(otherOf(models[1]!, 'wine')).toMatchObject({
      uri: { name: 'wine' },
      state: { outcome: 'absent', reason: 'models:/wine@champion names no version' },
    });
    expect(otherOf(models[2]!, 'iris')).toEqual({ uri: other, state: absent });
  });
});

describe('a slot with a cross-check', () => {
  const check = (state: PointerState) => ({ uri: other, state });

  it('notes a disagreement once a change, keeps it while it cannot be told, and serves what is followed', async () => {
    const { start, recorded, finishLoad } = await setUpSlots();
    const { controller } = await start();
    controller.observe(found(v1), check(found(v2)));
    await finishLoad();
    controller.observe(found(v1), check(found(v2)));
    controller.observe(found(v1), check(failed));
    controller.observe(failed, check(found(v1)));
    expect(describeSlot(controller)).toMatchObject({
      current: { version: '1' },
      notes: [DISAGREE],
      crossCheck: { uri: 'models:/iris@champion', agrees: false },
    });
    controller.observe(found(v1), check(absent));
    controller.observe(found(v1), check(found(v1)));
    await turn();
    expect(recorded.of('notes')).toEqual([[[DISAGREE]], [[NOTHING]], [[]]]);
    expect(describeSlot(controller)).toMatchObject({ notes: [], crossCheck: { agrees: true } });
  });

  it('has its note beside the others, and none without a second pointer', async () => {
    const { start } = await setUpSlots();
    const { controller } = await start();
    controller.observe(found(v1, ['Production holds 0 and 1']), check(found(v2)));
    expect(describeSlot(controller).notes).toEqual(['Production holds 0 and 1', DISAGREE]);
    const { controller: plain } = await start({ route: 'plain' });
    plain.observe(found(v1));
    expect(describeSlot(plain)).toMatchObject({ notes: [], crossCheck: null });
  });
});
