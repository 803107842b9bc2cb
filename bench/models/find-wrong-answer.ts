import type { RowAnswer } from './bench-model.ts';

/**
 * Compares what a server answered with what the model answers. A probability counts only where both have one.
 *
 * @returns what is wrong, or null
 */
export function findWrongAnswer(
  answers: readonly RowAnswer[],
  expected: readonly RowAnswer[],
  tolerance: number,
): string | null {
  if (answers.length !== expected.length) return `${answers.length} answers to ${expected.length} rows`;
  const isNear = (value: number, wanted: number) =>
    Math.abs(value - wanted) <= tolerance * Math.max(1, Math.abs(wanted));
  for (const [index, wanted] of expected.entries()) {
    const { prediction, probability } = answers[index]!;
    const isWrongProbability =
      probability !== null && wanted.probability !== null && !isNear(probability, wanted.probability);
    if (!isNear(prediction, wanted.prediction) || isWrongProbability) {
      return `row ${index}: ${JSON.stringify(answers[index])} where ${JSON.stringify(wanted)} is right`;
    }
  }
  return null;
}
