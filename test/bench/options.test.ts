import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../bench/options.ts';

const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);

describe('parseOptions', () => {
  it('measures everything in five rounds unless told otherwise', () => {
    const options = parseOptions([])!;
    expect(options.rounds).toBe(5);
    expect(options.models).toHaveLength(5);
    expect(names(options.loads)).toEqual(['one', 'many', 'rows', 'open']);
    expect(options.resultsDirectory).toMatch(/bench\/results$/);
  });

  it('keeps a quick run short and its figures out of the results', () => {
    const options = parseOptions(['--quick'])!;
    expect(options.models).toEqual(['iris']);
    expect(options.resultsDirectory).toBeNull();
  });

  it('takes lists, in the order of the tables', () => {
    const options = parseOptions([
      '--targets',
      'switchyard,design-floor',
      '--loads',
      'many',
      '--rounds',
      '7',
    ])!;
    expect(names(options.targets)).toEqual(['design-floor', 'switchyard']);
    expect(names(options.otherLoads)).toEqual(['many']);
    expect(options.rounds).toBe(7);
  });

  it.each([
    [['--targets', 'switchyard,triton'], 'triton'],
    [['--rounds', 'many'], '--rounds'],
    [['--fast'], '--fast'],
  ])('refuses %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});
