import { describe, expect, it } from 'vitest';
import { findIntended } from '../../src/model/misspelling.ts';

const columns = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width', 'age'];

describe('findIntended', () => {
  it.each([
    ['petal_widht', 'petal_width'],
    ['Petal Width', 'petal_width'],
    ['petalWidth', 'petal_width'],
    ['sepal_lenght', 'sepal_length'],
    ['agr', 'age'],
  ])('finds what %s means', (given, intended) => {
    expect(findIntended(given, columns)).toBe(intended);
  });

  it.each(['height', 'x', 'ag e of the passenger', 'a'.repeat(1_000_000)])(
    'suggests nothing for %.20s',
    (given) => {
      expect(findIntended(given, columns)).toBeNull();
    },
  );
});
