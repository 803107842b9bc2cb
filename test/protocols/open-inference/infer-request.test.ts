import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/errors.ts';
import { ProblemList } from '../../../src/model/problem-list.ts';
import type { Signature } from '../../../src/model/signature.ts';
import { parseExactJson } from '../../../src/protocols/exact-json.ts';
import { inferCodec } from '../../../src/protocols/open-inference/codec.ts';
import { readInferRequest } from '../../../src/protocols/open-inference/infer-request.ts';
import { numbersOfBytes, textsOfBytes } from '../../../src/protocols/tensors/tensor-bytes.ts';
import { classifier, column, matrixSignature } from '../../model/sample-signatures.ts';

const pair = classifier(matrixSignature('float32', [column('width'), column('height')]), 'int64');
const OPTIONS = {
  model: 'm',
  version: '1',
  requestId: 'r',
  jsonBytes: null,
  mayBeTexts: false,
  blobSizes: [],
};

function decode(body: unknown, blobs?: Uint8Array, signature: Signature = pair) {
  return inferCodec.decode({ json: body, blobs: blobs ?? null }, signature, OPTIONS);
}

function failureOf(body: unknown, blobs?: Uint8Array): GatewayError {
  try {
    decode(body, blobs);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('the body was accepted');
}

function detailsOf(body: unknown, blobs?: Uint8Array): readonly string[] {
  return failureOf(body, blobs).problems.map(({ pointer, detail }) => `${pointer}: ${detail}`);
}

const X = { name: 'X', datatype: 'FP32', shape: [1, 2], data: [1, 2] };
const BINARY = { name: 'X', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } };
const BYTES = Buffer.from('0000803f00000040', 'hex');

describe('an inference request', () => {
  it('asks for all outputs as JSON unless it says otherwise', () => {
    const all = [
      { output: 0, isBinary: false, classes: 0 },
      { output: 1, isBinary: false, classes: 0 },
    ];
    for (const outputs of [undefined, null, []]) {
      expect(decode({ inputs: [X], outputs })).toEqual({
        tensors: [{ type: 'float32', dims: [1, 2], data: Float32Array.of(1, 2) }],
        rows: 1,
        form: { id: null, outputs: all, timeoutMs: 0 },
      });
    }
  });

  it('asks for outputs by name, each in its own way', () => {
    const { form } = decode({
      id: '7',
      parameters: { binary_data_output: true, timeout: 2500 },
      inputs: [X],
      outputs: [
        { name: 'probabilities', parameters: { classification: 2, binary_data: false } },
        { name: 'label' },
      ],
    });
    expect(form).toEqual({
      id: '7',
      outputs: [
        { output: 1, isBinary: false, classes: 2 },
        { output: 0, isBinary: true, classes: 0 },
      ],
      timeoutMs: 2.5,
    });
  });

  it('may have keys and parameters that nobody knows', () => {
    const unknown = { content_type: 'np', priority: 3, sequence_id: 'a', triton_x: true };
    const input = { ...X, parameters: unknown, more: 1 };
    const body = {
      model_name: 'other',
      parameters: unknown,
      inputs: [input],
      outputs: [{ name: 'label', parameters: unknown }],
    };
    expect(decode(body).rows).toBe(1);
  });

  it('has its binary tensors behind its JSON', () => {
    const { tensors } = decode({ inputs: [BINARY] }, BYTES);
    expect(tensors[0]!.data).toEqual(Float32Array.of(1, 2));
    expect(decode({ inputs: [{ ...BINARY, data: null }] }, BYTES).rows).toBe(1);
    expect(decode({ inputs: [X] }, new Uint8Array(0)).rows).toBe(1);
  });

  it('reads two binary tensors of which the second is not aligned (the vector of the reference)', () => {
    const text =
      '{"inputs":[{"name":"X","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}},{"name":"S","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":11}}]}';
    expect(text).toHaveLength(174);
    const body = Buffer.concat([
      Buffer.from(text),
      Buffer.from('0000803f00000040', 'hex'),
      Buffer.from('0000000003000000c3a921', 'hex'),
    ]);
    const problems = new ProblemList();
    const parsed = parseExactJson(body.subarray(0, 174).toString());
    const { tensors } = readInferRequest(parsed, body.subarray(174), pair, problems);
    expect(problems.count).toBe(0);
    const bytes = tensors.map(({ values }) => (values.kind === 'bytes' ? values.bytes : new Uint8Array(0)));
    expect(numbersOfBytes('float32', bytes[0]!)).toEqual(Float32Array.of(1, 2));
    expect(textsOfBytes(bytes[1]!, 2)).toEqual(['', 'é!']);
  });

  it.each<[unknown, readonly string[]]>([
    [[], [': the body must be an object, got a list']],
    [{}, ['/inputs: "inputs" must be a list of tensors, got nothing']],
    [{ inputs: [] }, ['/inputs: "inputs" must be a list of tensors, got an empty one']],
    [{ inputs: [3] }, ['/inputs/0: an input must be an object, got an integer']],
    [
      { id: 7, inputs: [{ data: [] }], parameters: [] },
      [
        '/parameters: "parameters" must be an object, got a list',
        '/inputs/0/name: "name" must be a string, got nothing',
        '/inputs/0/datatype: "datatype" must be a string, got nothing',
        '/inputs/0/shape: "shape" must be a list of integers of at least 0, got nothing',
        '/id: "id" must be a string, got an integer',
      ],
    ],
    [
      {
        inputs: [
          { ...X, shape: [-1, 2] },
          { ...X, shape: [1.5] },
        ],
      },
      [
        '/inputs/0/shape: "shape" must be a list of integers of at least 0, got another list',
        '/inputs/1/shape: "shape" must be a list of integers of at least 0, got another list',
      ],
    ],
    [
      { inputs: [{ ...X, data: undefined }] },
      ['/inputs/0: an input has its values in one place; this one has neither "data" nor "binary_data_size"'],
    ],
    [
      { inputs: [X], outputs: [{ name: 'labl' }, { name: 'x', parameters: { binary_data: 1 } }] },
      [
        '/outputs/0/name: the model has no output "labl"; did you mean "label"?',
        '/outputs/1/parameters/binary_data: "binary_data" must be true or false, got an integer',
        '/outputs/1/name: the model has no output "x"; it has "label", "probabilities"',
      ],
    ],
    [{ inputs: [X], outputs: {} }, ['/outputs: "outputs" must be a list, got an object']],
    [
      { inputs: [X], outputs: [{ name: 'label' }, { name: 'label' }] },
      ['/outputs/1/name: the output is asked for twice'],
    ],
    [{ inputs: [X], outputs: [1, 2, 3] }, ['/outputs: the model has 2 outputs, and 3 are asked for']],
    [
      { inputs: [X], parameters: { timeout: -1 } },
      ['/parameters/timeout: "timeout" must be an integer of at least 0, got an integer'],
    ],
  ])('is refused as %j', (body, details) => {
    expect(detailsOf(body)).toEqual(details);
  });

  it('is refused if its bytes are not what it says', () => {
    expect(detailsOf({ inputs: [BINARY] })).toEqual([
      '/inputs/0/parameters/binary_data_size: the request has binary tensors, and no header "Inference-Header-Content-Length" that says where its JSON ends',
    ]);
    expect(detailsOf({ inputs: [BINARY] }, BYTES.subarray(1))).toEqual([
      '/inputs/0/parameters/binary_data_size: the body has fewer bytes behind its JSON than "binary_data_size" says',
    ]);
    expect(detailsOf({ inputs: [BINARY] }, Buffer.concat([BYTES, BYTES]))).toEqual([
      ': the body has 8 bytes behind the last binary tensor',
    ]);
    expect(detailsOf({ inputs: [{ ...BINARY, data: [1, 2] }] }, BYTES)[0]).toContain(
      'this one has both "data" and "binary_data_size"',
    );
  });

  it('cannot use shared memory', () => {
    const parameters = { shared_memory_region: 'a', shared_memory_byte_size: 8 };
    expect(failureOf({ inputs: [{ ...X, parameters }] }).code).toBe('NOT_IMPLEMENTED');
    expect(failureOf({ inputs: [X], outputs: [{ name: 'label', parameters }] }).code).toBe('NOT_IMPLEMENTED');
  });

  it('never has its values in messages', () => {
    const secret = 'payload-4711';
    const body = {
      inputs: [{ ...X, data: [secret, { [secret]: 1 }], parameters: { binary_data_size: secret } }],
    };
    expect(JSON.stringify(failureOf(body).problems) + failureOf(body).message).not.toContain(secret);
  });
});
