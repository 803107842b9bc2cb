import { describe, expect, it } from 'vitest';
import { decode, refusal } from './decode.ts';
import { BOXES, SINGLE } from './signatures.ts';

const TYPE = 'application/jsonlines';

describe('a body of JSON lines', () => {
  it('has a row on each line, as a list, an object or a list of features', async () => {
    const two = { rows: 2, values: [[1, 2, 3, 4, 5, 6]] };
    expect(await decode('[1,2,3]\n\n[4,5,6]', BOXES, TYPE)).toEqual(two);
    expect(await decode('{"features":[1,2,3]}\r\n{"features":[4,5,6]}\r\n', BOXES, TYPE)).toEqual(two);
    const objects = '{"depth":3,"height":2,"width":1}\n{"width":4,"height":5,"depth":6}\n';
    expect(await decode(objects, BOXES, TYPE)).toEqual(two);
    expect(await decode('1\n2\n', SINGLE, TYPE)).toEqual({ rows: 2, values: [[1, 2]] });
    expect(await decode('', BOXES, TYPE)).toEqual({ rows: 0, values: [[]] });
  });

  it('tells the line of what is no JSON, and the row of what does not fit', async () => {
    expect(await refusal('[1,2,3]\n[4,5', BOXES, TYPE)).toEqual([
      'line 2: it is not JSON: it ends too early, at character 4',
    ]);
    expect(await refusal('[1,2,3]\n[4,5]', BOXES, TYPE)).toEqual([
      '/1: expected 3 values (width, height, depth), got 2',
    ]);
  });
});
