import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/errors.ts';
import { columnsOf } from '../../../src/formats/graph/columns.ts';
import type { MlModel, MlModelColumn, MlModelTensor } from '../../../src/model/ml-model.ts';
import type { InputColumn } from '../../../src/model/signature.ts';
import type { TensorSpec, TensorType } from '../../../src/model/tensor.ts';

const input = (name: string, shape: readonly number[], type: TensorType = 'float32'): TensorSpec => ({
  name,
  type,
  shape,
});
const column = (name: string | null, type = 'double', required = true): MlModelColumn => ({
  kind: 'column',
  name,
  type,
  required,
});
const tensor = (name: string | null, shape: readonly number[], dtype = 'float32'): MlModelTensor => ({
  kind: 'tensor',
  name,
  dtype,
  shape,
});

function build(inputs: readonly TensorSpec[], declared: MlModel['inputs'], maybeNaN: readonly string[] = []) {
  return columnsOf(inputs, declared, (input) => maybeNaN.includes(input));
}

/** `name:type@input+offset` of each column. */
function places(columns: readonly InputColumn[]): string[] {
  return columns.map(({ name, type, input: at, offset, cellShape }) => {
    const cell = cellShape.length > 0 ? `[${cellShape.join(',')}]` : '';
    return `${name ?? '-'}:${type}${cell}@${at}+${offset}`;
  });
}

function refusal(inputs: readonly TensorSpec[], declared: MlModel['inputs']): string {
  try {
    build(inputs, declared);
  } catch (error) {
    if (error instanceof GatewayError) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('expected a refusal');
}

describe('columns without a signature', () => {
  it.each<[string, readonly TensorSpec[], readonly string[]]>([
    ['one wide input: positions', [input('X', [-1, 3])], ['-:float@0+0', '-:float@0+1', '-:float@0+2']],
    ['one narrow input: its name', [input('X', [-1, 1], 'int64')], ['X:long@0+0']],
    ['rank 1', [input('x', [-1], 'float64')], ['x:double@0+0']],
    [
      'an input a column: names',
      [input('a', [-1, 1]), input('b', [-1], 'string'), input('c', [-1, 1], 'bool')],
      ['a:float@0+0', 'b:string@1+0', 'c:boolean@2+0'],
    ],
    ['an image: one nested value', [input('x', [-1, 28, 28])], ['x:float[28,28]@0+0']],
    [
      'a wide input among several: a list',
      [input('a', [-1, 4]), input('b', [-1, 1])],
      ['a:float[4]@0+0', 'b:float@1+0'],
    ],
  ])('%s', (_, inputs, wanted) => {
    const { columns, variableWidth, source } = build(inputs, null);
    expect(places(columns)).toEqual(wanted);
    expect({ variableWidth, source }).toEqual({ variableWidth: false, source: 'graph' });
  });

  it('takes rows of any width where the graph does', () => {
    expect(build([input('X', [-1, -1])], null)).toMatchObject({ columns: [], variableWidth: true });
    expect(build([input('X', [-1, -1])], [])).toMatchObject({
      columns: [],
      variableWidth: true,
      source: 'graph',
    });
  });

  it('refuses what a row cannot hold', () => {
    expect(refusal([input('ids', [-1, -1]), input('mask', [-1, -1])], null)).toBe(
      'UNSUPPORTED_MODEL: input "ids" of shape [?, ?] has a variable dimension besides the rows; export the model with fixed ones',
    );
  });
});

describe('columns of a signature', () => {
  it('stand in its order within one input', () => {
    const { columns, source } = build(
      [input('X', [-1, 2])],
      [column('width', 'long'), column('height', 'double', false)],
    );
    expect(places(columns)).toEqual(['width:long@0+0', 'height:double@0+1']);
    expect(columns.map(({ required }) => required)).toEqual([true, false]);
    expect(source).toBe('mlmodel');
  });

  it('tell how wide an input is that does not say', () => {
    const { columns, variableWidth } = build([input('X', [-1, -1])], [column('a'), column('b')]);
    expect(places(columns)).toEqual(['a:double@0+0', 'b:double@0+1']);
    expect(variableWidth).toBe(false);
  });

  it('find their inputs by name in any order, also where skl2onnx changed the name', () => {
    const inputs = [input('fare_paid', [-1, 1]), input('sex', [-1, 1], 'string')];
    const { columns } = build(inputs, [column('sex', 'string'), column('fare paid')]);
    expect(places(columns)).toEqual(['sex:string@1+0', 'fare paid:double@0+0']);
  });

  it('that the graph has no use for are left out with a note', () => {
    const { columns, notes } = build(
      [input('a', [-1, 1]), input('b', [-1, 1])],
      [column('a'), column('id', 'string'), column('b')],
    );
    expect(places(columns)).toEqual(['a:double@0+0', 'b:double@1+0']);
    expect(notes).toEqual(['the graph has no use for column "id" of the signature: left out']);
  });

  it('that the graph has no use for may be of any type', () => {
    const { columns } = build(
      [input('a', [-1, 1]), input('b', [-1, 1])],
      [
        column('when', 'datetime'),
        column('a'),
        column('photo', 'binary'),
        column('b'),
        column('tags', 'array'),
      ],
    );
    expect(places(columns)).toEqual(['a:double@0+0', 'b:double@1+0']);
  });

  it('fill several inputs from left to right if no name is an input’s', () => {
    const inputs = [input('left', [-1, 2]), input('right', [-1])];
    expect(places(build(inputs, [column('a'), column('b'), column('c')]).columns)).toEqual([
      'a:double@0+0',
      'b:double@0+1',
      'c:double@1+0',
    ]);
    expect(places(build(inputs, [column(null), column(null), column(null)]).columns)).toEqual([
      '-:double@0+0',
      '-:double@0+1',
      '-:double@1+0',
    ]);
  });

  it('never go by position where only some names are those of inputs', () => {
    const inputs = [input('a', [-1, 1]), input('c', [-1, 1]), input('d', [-1, 1])];
    expect(refusal(inputs, [column('a'), column('b'), column('c')])).toContain(
      'the signature has no column for input "d" of the graph, only "a", "b", "c"',
    );
  });

  it('are narrowed to what the graph takes, with a note', () => {
    const { columns, notes } = build(
      [input('n', [-1, 2], 'int32')],
      [column('a', 'long'), column('b', 'double')],
    );
    expect(places(columns)).toEqual(['a:integer@0+0', 'b:integer@0+1']);
    expect(notes).toEqual([
      'column "a" is declared as long, but the graph takes int32: only values of integer are accepted',
      'column "b" is declared as double, but the graph takes int32: only values of integer are accepted',
    ]);
    expect(places(build([input('n', [-1, 1], 'float32')], [column('a', 'boolean')]).columns)).toEqual([
      'a:boolean@0+0',
    ]);
    expect(places(build([input('n', [-1, 1], 'int64')], [column('a', 'integer')]).columns)).toEqual([
      'a:integer@0+0',
    ]);
  });

  it('take NaN where they are floating and the graph makes something of it', () => {
    const inputs = [input('a', [-1, 1]), input('b', [-1, 1]), input('c', [-1, 1])];
    const declared = [column('a', 'double'), column('b', 'long'), column('c', 'float')];
    const { columns } = build(inputs, declared, ['a', 'b']);
    expect(columns.map(({ takesNaN }) => takesNaN)).toEqual([true, false, false]);
  });

  it.each<[string, readonly TensorSpec[], MlModel['inputs'], string]>([
    [
      'too few',
      [input('X', [-1, 3])],
      [column('a')],
      'has 1 columns ("a"), and of the graph\'s inputs "X" takes 3',
    ],
    ['text for numbers', [input('X', [-1, 1])], [column('a', 'string')], 'column "a" is declared as string'],
    [
      'numbers for text',
      [input('X', [-1, 1], 'string')],
      [column('a', 'long')],
      'column "a" is declared as long',
    ],
    [
      'dates',
      [input('X', [-1, 1])],
      [column('when', 'datetime')],
      'UNSUPPORTED_MODEL: column "when" of the signature is of type "datetime"',
    ],
    [
      'bytes',
      [input('X', [-1, 1])],
      [column(null, 'binary')],
      'column 0 of the signature is of type "binary"',
    ],
    ['lists', [input('X', [-1, 1])], [column('l', 'array')], 'of type "array"'],
    ['the same name twice', [input('X', [-1, 2])], [column('a'), column('a')], 'two columns called "a"'],
    ['names for some only', [input('X', [-1, 2])], [column('a'), column(null)], 'names only some'],
    [
      'plain values for images',
      [input('X', [-1, 8, 8])],
      [column('a')],
      'input "X" of the graph takes [?, 8, 8]',
    ],
    [
      'a value for a list',
      [input('a', [-1, 2]), input('b', [-1, 1])],
      [column('a'), column('b')],
      'column "a" of the signature is one value',
    ],
  ])('are refused where they do not fit: %s', (_, inputs, declared, message) => {
    const text = refusal(inputs, declared);
    expect(text).toContain(message);
    expect(text).toMatch(/log the model again|turn it into/);
  });
});

describe('tensors of a signature', () => {
  it.each<[string, readonly TensorSpec[], MlModel['inputs'], readonly string[]]>([
    [
      'one without a name: positions',
      [input('X', [-1, 2])],
      [tensor(null, [-1, 2])],
      ['-:float@0+0', '-:float@0+1'],
    ],
    [
      'one with a name: positions too',
      [input('X', [-1, 2])],
      [tensor('X', [-1, 2], 'float64')],
      ['-:double@0+0', '-:double@0+1'],
    ],
    ['that tells the width', [input('X', [-1, -1])], [tensor(null, [-1, 2])], ['-:float@0+0', '-:float@0+1']],
    ['of rank 1', [input('x', [-1, 1])], [tensor('x', [-1])], ['x:float@0+0']],
    ['an image', [input('x', [-1, 2, 3])], [tensor(null, [-1, 2, 3])], ['x:float[2,3]@0+0']],
    [
      'several by name',
      [input('b', [-1, 4]), input('a', [-1], 'int64')],
      [tensor('a', [-1, 1], 'int64'), tensor('b', [-1, 4])],
      ['a:long@1+0', 'b:float[4]@0+0'],
    ],
    [
      'one for several inputs: by width',
      [input('a', [-1, 1]), input('b', [-1, 1])],
      [tensor(null, [-1, 2])],
      ['-:float@0+0', '-:float@1+0'],
    ],
    ['text', [input('s', [-1, 1], 'string')], [tensor('s', [-1, 1], '<U5')], ['s:string@0+0']],
  ])('%s', (_, inputs, declared, wanted) => {
    expect(places(build(inputs, declared).columns)).toEqual(wanted);
  });

  it('leave the width open where neither they nor the graph tell', () => {
    expect(build([input('X', [-1, -1])], [tensor(null, [-1, -1])])).toMatchObject({
      variableWidth: true,
      source: 'mlmodel',
    });
  });

  it.each<[string, readonly TensorSpec[], MlModel['inputs'], string]>([
    [
      'another width',
      [input('X', [-1, 2])],
      [tensor('X', [-1, 3])],
      'takes [?, 3], and the graph says [?, 2]',
    ],
    [
      'another rank',
      [input('X', [-1, 2])],
      [tensor('X', [-1, 2, 2])],
      'takes [?, 2, 2], and the graph says [?, 2]',
    ],
    [
      'other names',
      [input('a', [-1, 1]), input('b', [-1, 1])],
      [tensor('a', [-1, 1]), tensor('c', [-1, 1])],
      'tensors ("a", "c") are not the graph\'s inputs ("a", "b")',
    ],
    ['dates', [input('X', [-1, 1])], [tensor(null, [-1, 1], 'datetime64[ns]')], 'of dtype "datetime64[ns]"'],
  ])('are refused where they do not fit: %s', (_, inputs, declared, message) => {
    expect(refusal(inputs, declared)).toContain(message);
  });
});
