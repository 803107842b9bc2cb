import { describe, expect, it } from 'vitest';
import { column, columnarSignature } from '../../model/sample-signatures.ts';
import { decode, refusal } from './decode.ts';
import { BOXES, SINGLE, TENSOR, TYPED, UNDECLARED } from './signatures.ts';

const two = { rows: 2, values: [[1, 2, 3, 4, 5, 6]] };
const columns = ['width', 'height', 'depth'];
const records = [
  { width: 1, height: 2, depth: 3 },
  { width: 4, height: 5, depth: 6 },
];
const lists = [
  [1, 2, 3],
  [4, 5, 6],
];

describe('the forms of a JSON body', () => {
  it.each<[string, unknown]>([
    ['dataframe_split', { dataframe_split: { columns, data: lists } }],
    ['dataframe_split with an index', { dataframe_split: { columns, data: lists, index: [7, 9] } }],
    [
      'dataframe_split in another order',
      {
        dataframe_split: {
          columns: ['depth', 'width', 'height'],
          data: [
            [3, 1, 2],
            [6, 4, 5],
          ],
        },
      },
    ],
    [
      'dataframe_split with more columns',
      {
        dataframe_split: {
          columns: ['a', ...columns, 'b'],
          data: [
            ['x', 1, 2, 3, {}],
            [null, 4, 5, 6, []],
          ],
        },
      },
    ],
    ['dataframe_split without names', { dataframe_split: { data: lists } }],
    [
      "dataframe_split with pandas' numbers for names",
      { dataframe_split: { columns: [0, 1, 2], data: lists } },
    ],
    ['dataframe_records', { dataframe_records: records }],
    [
      'dataframe_records with more columns',
      { dataframe_records: records.map((row) => ({ z: 'x', ...row })) },
    ],
    ['instances of objects', { instances: records }],
    ['instances of lists', { instances: lists }],
    ['inputs of lists', { inputs: lists }],
    ['inputs of columns', { inputs: { depth: [3, 6], width: [1, 4], height: [2, 5], more: [1] } }],
    ['inputs of columns of lists', { inputs: { depth: [[3], [6]], width: [[1], [4]], height: [[2], [5]] } }],
    ['a list of lists', lists],
    ['a list of objects', records],
    [
      'params and other keys beside it',
      { inputs: lists, params: { k: 1 }, parameters: {}, signature_name: 'x' },
    ],
    ['numbers as text', { inputs: [['1', ' 2.0', '3e0'], lists[1]] }],
  ])('takes %s', async (_name, body) => {
    expect(await decode(body, BOXES)).toEqual(two);
  });

  it('takes one row as an object of values, or as a list', async () => {
    const one = { rows: 1, values: [[1, 2, 3]] };
    expect(await decode({ inputs: { width: 1, height: 2, depth: 3 } }, BOXES)).toEqual(one);
    expect(await decode([1, 2, 3], BOXES)).toEqual(one);
  });

  it('takes zero rows in every form', async () => {
    const none = { rows: 0, values: [[]] };
    for (const body of [
      { dataframe_split: { columns, data: [] } },
      { dataframe_records: [] },
      { instances: [] },
      { inputs: [] },
      { inputs: { width: [], height: [], depth: [] } },
      [],
    ]) {
      expect(await decode(body, BOXES)).toEqual(none);
    }
  });

  it('takes values without lists around them where a row has one', async () => {
    for (const body of [{ instances: [1, 2] }, { inputs: [1, 2] }, [1, 2], { inputs: { x: [1, 2] } }]) {
      expect(await decode(body, SINGLE)).toEqual({ rows: 2, values: [[1, 2]] });
    }
    expect(await refusal({ inputs: [1, 'a'] }, SINGLE)).toEqual([
      '/inputs/1: column "x": expected a number (double), got a string',
    ]);
  });

  it('keeps 64-bit integers, text and truth as they are', async () => {
    const body = '{"inputs":{"l":[9007199254740993],"i":[-1],"d":[true],"s":["7"],"b":[false]}}';
    expect(await decode(body, TYPED)).toEqual({
      rows: 1,
      values: [[9007199254740993n], [-1], [1], ['7'], [0]],
    });
  });

  it('takes lists of any shape that a column has', async () => {
    const images = columnarSignature([
      { ...column('image', 'float', { cellShape: [2, 2] }), tensor: 'float32' },
      { ...column('scale', 'float'), tensor: 'float32' },
    ]);
    const image = [
      [1, 2],
      [3, 4],
    ];
    const expected = { rows: 1, values: [[1, 2, 3, 4], [9]] };
    expect(await decode({ inputs: { image: [image], scale: [9] } }, images)).toEqual(expected);
    expect(await decode({ instances: [{ image, scale: 9 }] }, images)).toEqual(expected);
    expect(await refusal({ inputs: { image: [[[1, 2], [3]]], scale: [9] } }, images)).toEqual([
      '/inputs/image/0/1: column "image": expected a list of 2 entries, got 1',
    ]);
  });
});

describe('what is missing', () => {
  it('is NaN where a column is optional, or some rows have it, and the model takes NaN', async () => {
    const gap = [1, Number.NaN, 3];
    expect((await decode({ dataframe_records: [{ width: 1, depth: 3 }] }, BOXES)).values).toEqual([gap]);
    expect((await decode({ inputs: { width: [1], depth: [3] } }, BOXES)).values).toEqual([gap]);
    const split = { columns: ['depth', 'width'], data: [[3, 1]] };
    expect((await decode({ dataframe_split: split }, BOXES)).values).toEqual([gap]);
    const some = { dataframe_records: [{ width: 1, depth: 3 }, { width: 4 }] };
    expect((await decode(some, BOXES)).values).toEqual([[...gap, 4, Number.NaN, Number.NaN]]);
    expect((await decode('{"inputs":[[1,NaN,null]]}', BOXES)).values).toEqual([[1, Number.NaN, Number.NaN]]);
  });

  it('is refused where no row has it, and told with what was probably meant', async () => {
    expect(await refusal({ dataframe_records: [{ width: 1, dept: 3 }] }, BOXES)).toEqual([
      '/dataframe_records/0/depth: column "depth" is missing; did you mean it by "dept"?',
    ]);
    expect(await refusal({ inputs: { dept: [1] } }, BOXES)).toEqual([
      '/inputs/width: column "width" is missing',
      '/inputs/depth: column "depth" is missing; did you mean it by "dept"?',
    ]);
    expect(
      await refusal({ dataframe_split: { columns: ['Width', 'height'], data: [[1, 2]] } }, BOXES),
    ).toEqual([
      '/dataframe_split/columns: column "width" is missing; did you mean it by "Width"?',
      '/dataframe_split/columns: column "depth" is missing',
    ]);
  });

  it('is refused where the model gives no answer for NaN', async () => {
    expect(await refusal('{"dataframe_records":[{"width":NaN,"depth":1}]}', BOXES)).toEqual([
      '/dataframe_records/0/width: column "width": null is not accepted, because the model gives no answer for missing values',
    ]);
  });
});

describe('columns without names', () => {
  const named = { dataframe_split: { columns: ['b', 'a'], data: [[1, 2]] } };

  it('are refused by names where a signature says that they have none', async () => {
    const [problem] = await refusal(named, TENSOR);
    expect(problem).toContain(
      "/dataframe_split/columns: the model's columns have no names, so nothing tells in",
    );
    expect(await decode({ dataframe_split: { columns: [0, 1], data: [[1, 2]] } }, TENSOR)).toMatchObject({
      rows: 1,
    });
  });

  it('are taken as they stand without a signature, like MLflow does, but not out of objects', async () => {
    expect(await decode(named, UNDECLARED)).toEqual({ rows: 1, values: [[1, 2]] });
    expect(await refusal({ dataframe_records: [{ b: 1, a: 2 }] }, UNDECLARED)).toHaveLength(1);
    expect(await refusal({ inputs: { b: [1], a: [2] } }, UNDECLARED)).toEqual([
      "/inputs: the model's columns have no names; send a list of rows, each a list of values",
    ]);
  });

  it('may be given under the name of the graph’s input', async () => {
    expect(await decode({ inputs: { X: [[1, 2]] } }, UNDECLARED)).toEqual({ rows: 1, values: [[1, 2]] });
    expect(await refusal({ inputs: { X: [[1, 2, 3]] } }, UNDECLARED)).toEqual([
      '/inputs/X/0: expected 2 values, got 3',
    ]);
  });
});

describe('what MLflow’s server would alter', () => {
  it.each([
    ['a fraction for an integer', 'l', 1.5, 'expected an integer (long), got a decimal number'],
    ['an integer over 64 bits', 'l', 2 ** 63, 'the number is outside the range of long'],
    ['an integer over 32 bits', 'i', 2 ** 31, 'the number is outside the range of integer'],
    ['null for an integer', 'i', null, 'expected an integer (integer), got null'],
    ['"false" for false', 'b', 'false', 'expected true or false (boolean), got a string'],
    ['null for false', 'b', null, 'expected true or false (boolean), got null'],
    ['0 for false', 'b', 0, 'expected true or false (boolean), got an integer'],
    ['a number for text', 's', 5, 'expected a string, got an integer'],
    ['an object for text', 's', {}, 'expected a string, got an object'],
    ['a word for a number', 'd', 'abc', 'expected a number (double), got a string'],
  ])('is refused: %s', async (_name, name, value, why) => {
    const row = { l: 1, i: 2, d: 1.5, s: 'a', b: true, [name]: value };
    const columnsOfRow = Object.fromEntries(Object.entries(row).map(([key, cell]) => [key, [cell]]));
    for (const [body, pointer] of [
      [{ dataframe_records: [row] }, `/dataframe_records/0/${name}`],
      [{ instances: [row] }, `/instances/0/${name}`],
      [{ inputs: columnsOfRow }, `/inputs/${name}/0`],
      [
        { dataframe_split: { columns: Object.keys(row).reverse(), data: [Object.values(row).reverse()] } },
        `/dataframe_split/data/0/${Object.keys(row).reverse().indexOf(name)}`,
      ],
    ] as const) {
      const [problem, ...more] = await refusal(body, TYPED);
      expect(more).toEqual([]);
      expect(problem).toContain(`${pointer}: column "${name}": ${why}`);
    }
  });

  it('is refused: infinities, also as Python writes them', async () => {
    expect(await refusal('{"inputs":[[-Infinity,1,1e400]]}', BOXES)).toEqual([
      '/inputs/0/0: column "width": the number is outside the range of double',
      '/inputs/0/2: column "depth": the number is outside the range of double',
    ]);
  });
});

describe('bodies that are no request', () => {
  it.each<[unknown, string]>([
    ['', 'the body is not JSON: it is empty'],
    ['{"inputs": [1', 'the body is not JSON: it ends too early'],
    ['"x"', 'the body must be an object with one of "dataframe_split"'],
    ['null', 'got null'],
    ['"{\\"inputs\\": []}"', 'got a string'],
    [{}, 'exactly one of "dataframe_split", "dataframe_records", "instances", "inputs"; it has none'],
    [{ messages: [] }, 'it has none'],
    [{ columns, data: lists }, 'it has none'],
    [{ inputs: [], instances: [] }, 'it has instances, inputs'],
    [{ inputs: 5 }, '"inputs" must be a list of rows or an object of columns, got an integer'],
    [{ inputs: null }, 'got null'],
    [{ instances: { width: 1 } }, '"instances" must be a list of rows, got an object'],
    [{ dataframe_records: { width: 1 } }, '"dataframe_records" must be a list of objects, got an object'],
    [{ dataframe_split: lists }, '"dataframe_split" must be an object, got a list'],
    [{ dataframe_split: { columns } }, '"dataframe_split.data" must be a list of rows, got nothing'],
    [{ dataframe_split: { columns: 'a', data: [] } }, '"dataframe_split.columns" must be a list of names'],
    [{ dataframe_split: { data: [], foo: 1 } }, 'can have "data", "columns" and "index", and has "foo", too'],
  ])('are refused: %j', async (body, why) => {
    const [message, ...more] = await refusal(body, BOXES);
    expect(more).toEqual([]);
    expect(message).toContain(why);
  });

  it.each<[string, unknown, string]>([
    [
      'ragged rows',
      { inputs: [[1, 2, 3], [4]] },
      '/inputs/1: expected 3 values (width, height, depth), got 1',
    ],
    [
      'ragged rows of a frame in another order',
      { dataframe_split: { columns: ['depth', 'width'], data: [[1, 2], [1]] } },
      '/dataframe_split/data/1: expected a list of 2 values, one for each of the columns',
    ],
    [
      'columns of different lengths',
      { inputs: { width: [1, 2], height: [1, 2], depth: [1] } },
      '/inputs/depth: expected as many values as there are for the first column, 2, got 1',
    ],
    [
      'a column twice',
      { dataframe_split: { columns: ['width', 'height', 'depth', 'width'], data: [[1, 2, 3, 4]] } },
      '/dataframe_split/columns/3: column "width" is there twice',
    ],
  ])('are refused: %s', async (_name, body, problem) => {
    expect(await refusal(body, BOXES)).toEqual([problem]);
  });
});
