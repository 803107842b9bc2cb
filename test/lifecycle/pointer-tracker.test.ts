import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { PointerTracker } from '../../src/lifecycle/pointer-tracker.ts';
import type { PointerState } from '../../src/registry/model-registry.ts';
import { versionOf } from './versions.ts';

const [v1, v2] = [versionOf(1), versionOf(2)];
const found = (version = v1, notes: readonly string[] = []): PointerState => ({
  outcome: 'found',
  name: 'iris',
  version,
  notes,
});
const absent: PointerState = { outcome: 'absent', name: 'iris', reason: 'no Production' };
const failed: PointerState = {
  outcome: 'failed',
  name: 'iris',
  error: new GatewayError('REGISTRY_FORBIDDEN', '403'),
};
const setUp = (states: readonly PointerState[] = []) => {
  let time = 0;
  const tracker = new PointerTracker(() => time++);
  const kinds = states.map((state) => tracker.observe(state).kind);
  return { tracker, kinds };
};

describe('PointerTracker', () => {
  it('tells each move once', () => {
    const { tracker } = setUp();
    expect(tracker.observe(found(v1))).toEqual({ kind: 'moved', from: null, to: v1 });
    expect(tracker.observe(found(v1))).toEqual({ kind: 'nothing' });
    expect(tracker.observe(found(v2))).toEqual({ kind: 'moved', from: v1, to: v2 });
  });

  it('takes changed files for a move, changed tags for none, and knows the newest tags', () => {
    const { tracker } = setUp([found(v1)]);
    const tagged = { ...v1, tags: { a: 'b' } };
    expect(tracker.observe(found(tagged)).kind).toBe('nothing');
    expect(tracker.desired).toBe(tagged);
    expect(tracker.observe(found({ ...v1, source: 'elsewhere' })).kind).toBe('moved');
  });

  it('presumes a pointer gone in the third poll in a row without it, and again in each further one', () => {
    const { tracker, kinds } = setUp([found(), absent, absent, absent, absent]);
    expect(kinds).toEqual(['moved', 'missing', 'nothing', 'presumed-gone', 'presumed-gone']);
    expect(tracker.desired).toBe(v1);
    expect(tracker.isGone).toBe(false);
    expect(tracker.problem).toMatchObject({ code: 'POINTER_UNASSIGNED', message: 'no Production' });
  });

  it('believes it only after a direct read', () => {
    const { tracker } = setUp([found(), absent, absent, absent]);
    expect(tracker.confirmGone()).toBe(true);
    expect([tracker.isGone, tracker.desired]).toEqual([true, null]);
    expect(tracker.observe(absent).kind).toBe('nothing');
    expect(tracker.observe(found(v1))).toEqual({ kind: 'moved', from: null, to: v1 });
    expect(tracker.isGone).toBe(false);
  });

  it('does not tell again after an outage that it is missing', () => {
    const { tracker } = setUp([found(), absent, absent, absent]);
    tracker.confirmGone();
    tracker.observe(failed);
    for (let poll = 0; poll < 5; poll++) expect(tracker.observe(absent).kind).toBe('nothing');
    expect(tracker.isGone).toBe(true);
  });

  it('does not believe a direct read that a poll has overtaken', () => {
    const { tracker } = setUp([found(), absent, absent, absent, found()]);
    expect(tracker.confirmGone()).toBe(false);
    expect([tracker.isGone, tracker.desired]).toEqual([false, v1]);
  });

  it.each([
    ['an error', failed],
    ['a version', found()],
  ])('counts from the start again after %s', (_what, between) => {
    const { kinds } = setUp([found(), absent, absent, between, absent, absent, absent]);
    expect(kinds.slice(4)).toEqual(['missing', 'nothing', 'presumed-gone']);
  });

  it('takes an error for no instruction', () => {
    const { tracker, kinds } = setUp([found(), failed, failed, failed, failed]);
    expect(kinds).toEqual(['moved', 'nothing', 'nothing', 'nothing', 'nothing']);
    expect(tracker.desired).toBe(v1);
    expect(tracker.problem).toMatchObject({ code: 'REGISTRY_FORBIDDEN' });
  });

  describe('after a direct read was refused', () => {
    const setUpRefused = () => {
      const { tracker } = setUp([found(), absent, absent, absent]);
      tracker.takeRefusal(new GatewayError('REGISTRY_FORBIDDEN', '403'));
      return tracker;
    };
    const observeAbsent = (tracker: PointerTracker, polls: number) =>
      Array.from({ length: polls }, () => tracker.observe(absent).kind);

    it('keeps the refusal for the problem, and what was desired, whatever polls miss', () => {
      const tracker = setUpRefused();
      observeAbsent(tracker, 10);
      expect(tracker.problem).toMatchObject({ code: 'REGISTRY_FORBIDDEN', message: '403' });
      expect([tracker.desired, tracker.isGone]).toEqual([v1, false]);
    });

    it('wants the next direct reads after 3, 6, 12 … polls, at most 60, and never says again that it is missing', () => {
      const tracker = setUpRefused();
      for (const polls of [3, 6, 12, 24, 48, 60, 60]) {
        const kinds = observeAbsent(tracker, polls);
        expect(kinds.slice(0, -1).every((kind) => kind === 'nothing')).toBe(true);
        expect(kinds.at(-1)).toBe('presumed-gone');
        tracker.takeRefusal(new GatewayError('REGISTRY_FORBIDDEN', '403'));
      }
    });

    it('asks in each poll while a direct read that is due gets no answer', () => {
      const tracker = setUpRefused();
      expect(observeAbsent(tracker, 5)).toEqual([
        'nothing',
        'nothing',
        ...Array<string>(3).fill('presumed-gone'),
      ]);
    });

    it('believes a later direct read that it is gone', () => {
      const tracker = setUpRefused();
      observeAbsent(tracker, 3);
      expect(tracker.confirmGone()).toBe(true);
      tracker.observe(absent);
      expect(tracker.problem).toMatchObject({ code: 'POINTER_UNASSIGNED' });
    });

    it('counts from the start again once a poll has found it', () => {
      const tracker = setUpRefused();
      tracker.observe(found());
      expect(tracker.problem).toBeNull();
      expect(observeAbsent(tracker, 3)).toEqual(['missing', 'nothing', 'presumed-gone']);
    });
  });

  it('says since when there is a problem, and forgets it with the next answer', () => {
    const { tracker } = setUp([failed]);
    const { at } = tracker.problem!;
    tracker.observe(failed);
    expect(tracker.problem?.at).toEqual(at);
    tracker.observe(absent);
    expect(tracker.problem?.at).not.toEqual(at);
    tracker.observe(found());
    expect(tracker.problem).toBeNull();
  });

  it('keeps the notes of the last answer', () => {
    const { tracker } = setUp([found(v2, ['Production holds 1 and 2']), failed]);
    expect(tracker.notes).toEqual(['Production holds 1 and 2']);
    tracker.observe(found(v2));
    expect(tracker.notes).toEqual([]);
  });

  it('sees a move away from what it named in an earlier life', () => {
    const { tracker } = setUp();
    tracker.recall(v1);
    expect(tracker.observe(found(v1)).kind).toBe('nothing');
    tracker.recall(v1);
    expect(tracker.observe(found(v2))).toEqual({ kind: 'moved', from: v1, to: v2 });
  });
});
