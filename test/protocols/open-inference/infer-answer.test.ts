import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deadline } from '../../../src/inference/deadline.ts';
import type { Signature } from '../../../src/model/signature.ts';
import type { Tensor, TensorType } from '../../../src/model/tensor.ts';
import { parseExactJson } from '../../../src/protocols/exact-json.ts';
import type { LargeBodies } from '../../../src/protocols/large-bodies.ts';
import { classesOf } from '../../../src/protocols/open-inference/classification.ts';
import { encodeInfer } from '../../../src/protocols/open-inference/encode-infer.ts';
import type { InferForm } from '../../../src/protocols/open-inference/infer-request.ts';
import { bytesOfTensor } from '../../../src/protocols/tensors/tensor-bytes.ts';
import { classifier, column, matrixSignature } from '../../model/sample-signatures.ts';

const ALL_HERE: LargeBodies = {
  claim: () => null,
  isLargeAnswer: () => false,
  encode: () => Promise.reject(new Error('not asked')),
};

const OPTIONS = {
  model: 'a "model"',
  version: '3',
  requestId: 'made',
  jsonBytes: null,
  mayBeTexts: false,
  blobSizes: [],
};
const pair = classifier(matrixSignature('float32', [column('width'), column('height')]), 'int64');

function formOf(...binary: readonly boolean[]): InferForm {
  const outputs = binary.map((isBinary, output) => ({ output, isBinary, classes: 0 }));
  return { id: null, outputs, timeoutMs: 0 };
}

async function encode(
  outputs: readonly Tensor[],
  rows: number,
  form: InferForm,
  signature: Signature = pair,
) {
  const answer = { outputs, rows, signature, form, options: OPTIONS };
  const { body, ...rest } = await encodeInfer(answer, ALL_HERE, Deadline.NEVER);
  return { ...rest, body: Buffer.from(body as string) };
}

const outputs: readonly Tensor[] = [
  { type: 'int64', dims: [2], data: BigInt64Array.of(-7n, 9007199254740993n) },
  { type: 'float32', dims: [2, 2], data: Float32Array.of(0.25, 0.75, Number.NaN, 0.97) },
];

describe('an inference answer', () => {
  it('has flat lists, exact integers, and null for what is no number', async () => {
    const { body, nonFinite, jsonBytes } = await encode(outputs, 2, formOf(false, false));
    expect(body.toString()).toBe(
      '{"model_name":"a \\"model\\"","model_version":"3","id":"made","outputs":[' +
        '{"name":"label","shape":[2],"datatype":"INT64","data":[-7,9007199254740993]},' +
        '{"name":"probabilities","shape":[2,2],"datatype":"FP32","data":[0.25,0.75,null,0.9700000286102295]}]}',
    );
    expect([nonFinite, jsonBytes]).toEqual([1, null]);
  });

  it('repeats the id of the request, and its order of outputs', async () => {
    const form = { ...formOf(), id: 'mine', outputs: [{ output: 1, isBinary: false, classes: 0 }] };
    const { body } = await encode([outputs[1]!], 2, form);
    expect(parseExactJson(body.toString())).toMatchObject({
      id: 'mine',
      outputs: [{ name: 'probabilities' }],
    });
  });

  it('has binary outputs behind its JSON, in their order, and counts what is no number there, too', async () => {
    const { body, nonFinite, jsonBytes } = await encode(outputs, 2, formOf(true, true));
    expect(parseExactJson(body.subarray(0, jsonBytes!).toString())).toMatchObject({
      outputs: [
        { name: 'label', shape: [2], datatype: 'INT64', parameters: { binary_data_size: 16 } },
        { name: 'probabilities', shape: [2, 2], datatype: 'FP32', parameters: { binary_data_size: 16 } },
      ],
    });
    const behind = [...outputs].map((tensor) => bytesOfTensor(tensor));
    expect(body.subarray(jsonBytes!)).toEqual(Buffer.concat(behind));
    expect(nonFinite).toBe(1);
  });

  it('may have some outputs in its JSON and some behind it', async () => {
    const { body, jsonBytes } = await encode(outputs, 2, formOf(false, true));
    const json = parseExactJson(body.subarray(0, jsonBytes!).toString()) as { outputs: object[] };
    expect(json.outputs[0]).toHaveProperty('data');
    expect(json.outputs[1]).not.toHaveProperty('data');
    expect(body.length - jsonBytes!).toBe(16);
  });

  it('is plain JSON where the binary outputs are empty', async () => {
    const none: readonly Tensor[] = [
      { type: 'int64', dims: [0], data: new BigInt64Array(0) },
      { type: 'float32', dims: [0, 2], data: new Float32Array(0) },
    ];
    const { body, jsonBytes } = await encode(none, 0, formOf(true, false));
    expect(jsonBytes).toBeNull();
    expect(parseExactJson(body.toString())).toMatchObject({
      outputs: [
        { shape: [0], parameters: { binary_data_size: 0 } },
        { shape: [0, 2], data: [] },
      ],
    });
  });

  it('tells half precision as FP32 in JSON and as itself in bytes', async () => {
    const half: Signature = { ...pair, outputs: [{ name: 'h', type: 'float16', shape: [-1, 2] }] };
    const tensor: Tensor = { type: 'float16', dims: [1, 2], data: Uint16Array.of(0x3800, 0x7c00) };
    const json = await encode([tensor], 1, formOf(false), half);
    expect(json.body.toString()).toContain('"datatype":"FP32","data":[0.5,null]');
    expect(json.nonFinite).toBe(1);
    const { body, jsonBytes, nonFinite } = await encode([tensor], 1, formOf(true), half);
    expect(body.subarray(0, jsonBytes!).toString()).toContain('"datatype":"FP16"');
    expect(body.subarray(jsonBytes!).toString('hex')).toBe('0038007c');
    expect(nonFinite).toBe(1);
  });

  it('is refused if an output does not have one entry for each row', async () => {
    await expect(encode(outputs, 3, formOf(false, false))).rejects.toThrow(
      'not one entry for each of 3 rows',
    );
  });
});

describe('classesOf', () => {
  const scores = outputs[1]!;
  const parts = { output: 1, classes: 2, rows: 2, signature: pair };

  it('lists the greatest values with their places and labels, NaN last', () => {
    expect(classesOf(scores, parts)).toEqual({
      type: 'string',
      dims: [2, 2],
      data: ['0.750000:1:1', '0.250000:0:0', '0.970000:1:1', 'NaN:0:0'],
    });
  });

  it('lists no more than there are, of outputs without labels too', () => {
    const labels = outputs[0]!;
    expect(classesOf(labels, { ...parts, output: 0, classes: 9 })).toEqual({
      type: 'string',
      dims: [2, 1],
      data: ['-7:0', '9007199254740993:0'],
    });
  });

  it.each<TensorType>(['float32', 'int64'])('picks of %s what sorting would', (type) => {
    const values = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 100 }), (list, classes) => {
        const data = type === 'int64' ? BigInt64Array.from(list, BigInt) : Float32Array.from(list);
        const tensor = { type, dims: [1, list.length], data };
        const given = classesOf(tensor, { output: 0, classes, rows: 1, signature: pair }).data as string[];
        const sorted = list.map((value, index) => ({ value, index }));
        sorted.sort((left, right) => right.value - left.value || left.index - right.index);
        expect(given.map((text) => Number(text.split(':')[1]))).toEqual(
          sorted.slice(0, classes).map(({ index }) => index),
        );
      }),
    );
  });

  it('refuses what would hold the event loop', () => {
    const wide = { type: 'float32', dims: [1, 2 ** 20], data: new Float32Array(2 ** 20) } as const;
    const whole = { ...parts, rows: 1, classes: 2 ** 20 };
    expect(() => classesOf(wide, whole)).toThrow('too many values to classify');
    expect(classesOf(wide, { ...whole, classes: 3 }).data).toHaveLength(3);
  });
});
