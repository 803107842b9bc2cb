import { describe, expect, it } from 'vitest';
import { Deadline } from '../../src/inference/deadline.ts';
import { gone } from './vectors.ts';

describe('Deadline', () => {
  it('is over from its moment on, and says how long it was', () => {
    const deadline = new Deadline(100, 30);
    expect(deadline.isOver(99.9)).toBe(false);
    expect(deadline.reason).toBeNull();
    expect(deadline.isOver(100)).toBe(true);
    expect(deadline.reason).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      message: 'the request was not answered within 30 ms',
    });
    expect(() => deadline.throwIfOver(0)).toThrow('within 30 ms');
  });

  it('tells its listeners once, in their order, and keeps the first reason', () => {
    const deadline = new Deadline(100, 30);
    const told: string[] = [];
    deadline.listen(({ code }) => told.push(`first ${code}`));
    deadline.listen(({ code }) => told.push(`second ${code}`));
    deadline.end(gone);
    expect(deadline.isOver(1_000)).toBe(true);
    expect(deadline.reason).toBe(gone);
    expect(told).toEqual(['first CLIENT_GONE', 'second CLIENT_GONE']);
  });

  it('does not tell a listener that was taken away', () => {
    const deadline = new Deadline(100, 30);
    const told: string[] = [];
    const listener = () => told.push('told');
    deadline.listen(listener);
    deadline.unlisten(listener);
    deadline.end(gone);
    expect(told).toEqual([]);
  });
});
