import { describe, expect, it } from 'vitest';
import { findWrongAnswer } from '../../../bench/models/find-wrong-answer.ts';

const expected = [
  { prediction: 1, probability: 0.9 },
  { prediction: 200, probability: null },
];

describe('findWrongAnswer', () => {
  it('accepts what is within the tolerance, relative to large values', () => {
    const answers = [
      { prediction: 1, probability: 0.90005 },
      { prediction: 200.01, probability: null },
    ];
    expect(findWrongAnswer(answers, expected, 1e-4)).toBeNull();
  });

  it('accepts an answer without a probability', () => {
    const answers = expected.map(({ prediction }) => ({ prediction, probability: null }));
    expect(findWrongAnswer(answers, expected, 1e-4)).toBeNull();
  });

  it.each([
    ['another label', { prediction: 2, probability: 0.9 }],
    ['another probability', { prediction: 1, probability: 0.91 }],
    ['no number', { prediction: Number.NaN, probability: 0.9 }],
  ])('names the row with %s', (_, answer) => {
    expect(findWrongAnswer([answer, expected[1]!], expected, 1e-4)).toContain('row 0');
  });

  it('wants an answer to every row', () => {
    expect(findWrongAnswer([expected[0]!], expected, 1e-4)).toBe('1 answers to 2 rows');
  });
});
