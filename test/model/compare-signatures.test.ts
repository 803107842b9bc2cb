import { describe, expect, it } from 'vitest';
import { compareSignatures } from '../../src/model/compare-signatures.ts';
import type { Signature } from '../../src/model/signature.ts';
import {
  classifier,
  column,
  columnarSignature,
  matrixSignature,
  variableSignature,
} from './sample-signatures.ts';

describe('compareSignatures', () => {
  const base = matrixSignature('float32', [column('a', 'long'), column('b')]);
  const cases: readonly [string, Signature, Signature, readonly string[]][] = [
    ['an equal signature', base, structuredClone(base), []],
    ['wider types', base, matrixSignature('float32', [column('a', 'double'), column('b')]), []],
    [
      'a narrower type',
      base,
      matrixSignature('float32', [column('a', 'integer'), column('b')]),
      [
        'column "a" takes integer values (fed as float32), in the current version long values (fed as float32)',
      ],
    ],
    [
      'renamed columns',
      base,
      matrixSignature('float32', [column('a', 'long'), column('c')]),
      [
        'column "b" is gone, so rows that name it would be refused',
        'column "c" is new, so rows without it would be refused',
      ],
    ],
    [
      'a new optional column',
      matrixSignature('float32', [column('a')]),
      matrixSignature('float32', [column('a'), column('b', 'double', { required: false, takesNaN: true })]),
      ['column "b" is new, so rows by position without it would be refused'],
    ],
    [
      'another order',
      matrixSignature('float32', [column('a'), column('b')]),
      matrixSignature('float32', [column('b'), column('a')]),
      ['the columns stand in another order, so rows by position would be misread'],
    ],
    [
      'columns without names',
      base,
      matrixSignature('float32', [column(null), column(null)]),
      ['its columns have no names, so rows by name would be refused'],
    ],
    [
      'columns that get names',
      matrixSignature('float32', [column(null), column(null)]),
      matrixSignature('float32', [column('a'), column('b')]),
      [],
    ],
    [
      'NaN that is not taken any more',
      matrixSignature('float32', [column('a', 'double', { takesNaN: true, required: false })]),
      matrixSignature('float32', [column('a')]),
      ['column "a" does not take null any more', 'column "a" can no longer be left out'],
    ],
    [
      'a fixed number of rows',
      base,
      { ...base, fixedRows: 1 },
      ['it takes exactly 1 rows at a time, the current version any number of rows'],
    ],
    ['a number of rows that is fixed no more', { ...base, fixedRows: 1 }, base, []],
    [
      'rows of one width instead of any',
      variableSignature(),
      matrixSignature('float32', [column(null)]),
      ['it takes rows of 1 columns, the current version rows of any width'],
    ],
    ['rows of any width instead of one', matrixSignature('float32', [column(null)]), variableSignature(), []],
    [
      'rows of any width instead of named ones',
      matrixSignature('float32', [column('a')]),
      variableSignature(),
      ['its columns have no names, so rows by name would be refused'],
    ],
    [
      'lists of another shape',
      columnarSignature([{ ...column('x', 'float', { cellShape: [2, -1] }), tensor: 'float32' }]),
      columnarSignature([{ ...column('x', 'float', { cellShape: [2, 4] }), tensor: 'float32' }]),
      ['column "x" takes lists of shape [2, 4], in the current version lists of shape [2, -1]'],
    ],
    [
      'another task and other outputs',
      base,
      classifier(base, 'int64'),
      [
        'output "variable" is gone',
        'output "label" is new',
        'output "probabilities" is new',
        'it is a classifier model, the current version a regressor model',
      ],
    ],
    [
      'another type of labels',
      classifier(base, 'int64'),
      classifier(base, 'string', { labels: ['no', 'yes'] }),
      [
        'output "label" is string, in the current version int64',
        'its labels are strings, in the current version integers',
        'its probabilities are told by text label, in the current version by integer label',
      ],
    ],
    ['another class', classifier(base, 'int64'), classifier(base, 'int64', { labels: [0n, 1n, 2n] }), []],
    [
      'scores instead of probabilities',
      classifier(base, 'int64'),
      classifier(base, 'int64', { scores: 'other' }),
      ['it gives no probabilities, unlike the current version'],
    ],
    [
      'scores not decided yet',
      classifier(base, 'int64'),
      classifier(base, 'int64', { scores: 'unknown' }),
      [],
    ],
    [
      'another number of targets',
      base,
      { ...base, outputs: [{ name: 'variable', type: 'float32', shape: [-1, 2] }] },
      ['output "variable" has the shape [-1, 2], in the current version [-1, 1]'],
    ],
  ];
  it.each(cases)('tells about %s', (_what, current, next, expected) => {
    expect(compareSignatures(current, next)).toEqual(expected);
  });
});
