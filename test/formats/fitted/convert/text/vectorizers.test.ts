import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, list, map, object } from '../../build-stored.ts';
import { compareFixture, familyFixtures } from '../../family-fixtures.ts';
import { runGraph } from '../../run-graph.ts';

type State = Readonly<Record<string, StoredValue>>;

function vectorizer(attributes: State = {}, name = 'CountVectorizer') {
  return object(`sklearn.feature_extraction.text.${name}`, {
    input: 'content',
    analyzer: 'word',
    token_pattern: '(?u)\\b\\w\\w+\\b',
    lowercase: true,
    strip_accents: null,
    preprocessor: null,
    tokenizer: null,
    stop_words: null,
    ngram_range: list(1, 1),
    binary: false,
    fixed_vocabulary_: false,
    vocabulary_: map({ ab: 1, cd: 0 }),
    ...attributes,
  });
}

async function countsOf(model: StoredValue, ...texts: readonly string[]): Promise<unknown> {
  const { onnx } = convertModel(model, null);
  return (await runGraph(onnx, texts.length, { X: { texts } })).variable;
}

describe('text vectorizers', () => {
  it.each(familyFixtures('text'))('count what scikit-learn counts: %s', async (name) => {
    const { worst, wrongLabels, outputs } = await compareFixture('text', name);
    expect({ wrongLabels, outputs: outputs.length > 0 }).toEqual({ wrongLabels: 0, outputs: true });
    expect(worst).toBeLessThan(1e-14);
  });

  it('take one column of texts, without null', () => {
    const { takesNaN } = convertModel(vectorizer(), null);
    expect(takesNaN).toEqual(new Map([['X', [false]]]));
  });

  it('have a column for a term that no text can hold', async () => {
    const model = vectorizer({ vocabulary_: map({ ab: 0, 'ab cd': 1, '': 2 }) });
    expect(await countsOf(model, 'ab cd ab')).toEqual([2, 0, 0]);
    const pairs = vectorizer({ ngram_range: list(2, 2), vocabulary_: map({ 'ab cd': 0, ab: 1 }) });
    expect(await countsOf(pairs, 'AB cd ab cd', 'ab')).toEqual([2, 0, 0, 0]);
  });

  it('fail the run on a text whose lower case they cannot tell', async () => {
    expect(await countsOf(vectorizer(), 'ΣΟΦΙΑ ab', 'ı I')).toEqual([0, 1, 0, 0]);
    for (const text of ['ΚΟΣΜΟΣ', 'ab ΚΟΣΜΟΣ ab', 'İstanbul', 'x\nΣ,'])
      await expect(countsOf(vectorizer(), 'ab', text)).rejects.toThrow('out of data bounds');
    expect(await countsOf(vectorizer({ lowercase: false }), 'ΚΟΣΜΟΣ İ ab')).toEqual([0, 1]);
  });

  it('read the weights where older versions keep them', async () => {
    const weights = object('scipy.sparse._csr.csr_matrix', { data: doubles([2, 3]) });
    const tfidf = object('sklearn.feature_extraction.text.TfidfTransformer', {
      sublinear_tf: false,
      use_idf: true,
      norm: null,
      _idf_diag: weights,
    });
    expect(await countsOf(vectorizer({ _tfidf: tfidf }, 'TfidfVectorizer'), 'ab ab cd', '')).toEqual([
      2, 6, 0, 0,
    ]);
  });

  it.each<[string, State, string]>([
    [
      'letters',
      { analyzer: 'char' },
      'CountVectorizer: analyzer is not "word", which is not served; export the model to ONNX',
    ],
    ['a function as analyzer', { analyzer: object('mine.f') }, 'analyzer is not "word"'],
    ['a tokenizer', { tokenizer: object('mine.f') }, 'tokenizer is set'],
    ['accents to strip', { strip_accents: 'unicode' }, 'strip_accents is set'],
    ['another pattern', { token_pattern: '[a-z]+' }, 'token_pattern is not the usual one'],
    ['files', { input: 'filename' }, 'input is not "content"'],
    [
      'stop words within terms',
      { stop_words: list('ab'), ngram_range: list(1, 2) },
      'stop_words and terms of several words',
    ],
    [
      'stop words by name beside a given vocabulary',
      { stop_words: 'english', fixed_vocabulary_: true },
      'stop_words by name',
    ],
    ['a column twice', { vocabulary_: map({ ab: 0, cd: 0 }) }, 'does not number its terms from 0 on'],
    ['a column beyond', { vocabulary_: map({ ab: 2, cd: 0 }) }, 'does not number its terms from 0 on'],
    ['no term', { vocabulary_: map({}) }, 'vocabulary_ is empty'],
    ['an endless range', { ngram_range: list(1, 1e9) }, 'ngram_range (1, 1000000000)'],
  ])('refuse %s', (_, attributes, message) => {
    expect(() => convertModel(vectorizer(attributes), null)).toThrow(message);
  });

  it('refuse numbers', () => {
    const declared = [{ kind: 'column', name: 'x', type: 'double', required: true }] as const;
    expect(() => convertModel(vectorizer(), declared)).toThrow('takes one column of texts');
  });
});
