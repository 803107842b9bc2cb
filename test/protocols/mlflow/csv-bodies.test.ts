import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCsv } from '../../../src/protocols/mlflow/parse-csv.ts';
import { decode, refusal } from './decode.ts';
import { BOXES, TENSOR, TYPED, UNDECLARED } from './signatures.ts';

const csv = (text: string, signature = BOXES, type = 'text/csv') => decode(text, signature, type);
const refused = (text: string, signature = BOXES, type = 'text/csv') => refusal(text, signature, type);

describe('a CSV body', () => {
  it.each([
    ['a header', 'width,height,depth\n1,2,3\n4,5,6\n'],
    ['a header in another order, and more columns', 'note,depth,width,height\nx,3,1,2\n"a,b",6,4,5\n'],
    ['no header', '1,2,3\n4,5,6'],
    ['CR LF and empty lines', '\r\nwidth,height,depth\r\n1,2,3\r\n\r\n4,5,6\r\n'],
    ['quotes and spaces', '"width", height ,"depth"\n"1", 2 ,3\n4,"5.0",6e0\n'],
    ['a byte order mark', '\ufeffwidth,height,depth\n1,2,3\n4,5,6\n'],
  ])('is read with %s', async (_name, text) => {
    expect(await csv(text)).toEqual({ rows: 2, values: [[1, 2, 3, 4, 5, 6]] });
  });

  it('has missing values where pandas has them', async () => {
    expect((await csv('1,,3\n1,NA,nan\n1,null,"N/A"\n')).values).toEqual([
      [1, Number.NaN, 3, 1, Number.NaN, Number.NaN, 1, Number.NaN, Number.NaN],
    ]);
    expect(await refused(',2,3\n')).toEqual([
      '/0/0: column "width": null is not accepted, because the model gives no answer for missing values',
    ]);
  });

  it('has cells of the type of their column, exactly', async () => {
    expect(await csv('l,i,d,s,b\n9007199254740993,-1,1e3,007,True\n1,2,3,,false\n', TYPED)).toEqual({
      rows: 2,
      values: [
        [9007199254740993n, 1n],
        [-1, 2],
        [1000, 3],
        ['007', ''],
        [1, 0],
      ],
    });
    expect(await refused('1.5,2147483648,x,NA,yes\n', TYPED)).toEqual([
      '/0/0: column "l": expected an integer (long), got a decimal number',
      expect.stringContaining('/0/1: column "i": the number is outside the range of integer'),
      '/0/2: column "d": expected a number (double), got a string',
      '/0/4: column "b": expected true or false (boolean), got a string',
    ]);
  });

  it('has a header where the parameter says so', async () => {
    expect((await csv('1,2,3\n4,5,6\n', BOXES, 'text/csv; header=absent')).rows).toBe(2);
    expect(await refused('width,height,depth\n', BOXES, 'text/csv; header=absent')).toHaveLength(3);
    expect(await refused('1,2,3\n4,5,6\n', BOXES, 'text/csv; header=present')).toEqual([
      ': column "width" is missing',
      ': column "depth" is missing',
    ]);
  });

  it('has a header if its first line has words where numbers go, so that misspelt names are told', async () => {
    expect(await refused('widht,hight,deepth\n1,2,3\n')).toHaveLength(2);
  });

  it('may have a header alone, but not nothing', async () => {
    expect(await csv('width,height,depth\n')).toEqual({ rows: 0, values: [[]] });
    expect(await refused('')).toEqual(['the body has no line of CSV']);
    expect(await refused('\n\n')).toEqual(['the body has no line of CSV']);
  });

  it('has no names for columns that have none, but is taken as it stands without a signature', async () => {
    expect((await csv('1,2\n', TENSOR)).rows).toBe(1);
    expect(await refused('b,a\n1,2\n', TENSOR)).toHaveLength(1);
    expect(await csv('b,a\n1,2\n', UNDECLARED)).toEqual({ rows: 1, values: [[1, 2]] });
  });

  it('is refused with its line if the quotes do not match', async () => {
    expect(await refused('1,2,3\n"1,2,3\n')).toEqual([
      'the body is no CSV: a quoted cell has no end (line 2 of those with cells)',
    ]);
    expect(await refused('"1"x,2,3\n')).toEqual([
      'the body is no CSV: a quoted cell goes on behind its closing quote (line 1 of those with cells)',
    ]);
  });

  it('gives back whatever cells were written', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é', '🗼') });
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const ends = fc.constantFrom('\n', '\r\n', '\r');
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 1 }), { minLength: 1 }), ends, (lines, end) => {
        const text = lines.map((cells) => cells.map(quote).join(',')).join(end);
        expect(parseCsv(text)).toEqual(lines);
        expect(parseCsv(text + end)).toEqual(lines);
      }),
    );
    const plain = fc.string({ unit: fc.constantFrom('a', '1', '.', ' '), minLength: 1 });
    fc.assert(
      fc.property(fc.array(fc.array(plain, { minLength: 1 }), { minLength: 1 }), ends, (lines, end) => {
        const text = lines.map((cells) => cells.join(',')).join(end);
        expect(parseCsv(text)).toEqual(lines);
        expect(parseCsv(`${text}${end}""`)).toEqual([...lines, ['']]);
      }),
    );
  });
});
