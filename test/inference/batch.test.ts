import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Batch } from '../../src/inference/batch.ts';
import { BatchBuffers } from '../../src/inference/batch-buffers.ts';
import { Deadline } from '../../src/inference/deadline.ts';
import type { InferenceResult } from '../../src/inference/inference.ts';
import { PendingRequest } from '../../src/inference/pending-request.ts';
import { allocateTensorData, elementCount, type Tensor, type TensorType } from '../../src/model/tensor.ts';

const ELEMENTS: Readonly<Record<TensorType, fc.Arbitrary<number | bigint | string>>> = {
  float32: fc.float(),
  float64: fc.double(),
  float16: fc.integer({ min: 0, max: 0xffff }),
  int8: fc.integer({ min: -128, max: 127 }),
  int16: fc.integer({ min: -32_768, max: 32_767 }),
  int32: fc.integer(),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  uint8: fc.integer({ min: 0, max: 255 }),
  uint16: fc.integer({ min: 0, max: 0xffff }),
  uint32: fc.integer({ min: 0, max: 0xffff_ffff }),
  uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  bool: fc.integer({ min: 0, max: 1 }),
  string: fc.string({ unit: 'grapheme' }),
};
const TYPES = Object.keys(ELEMENTS) as TensorType[];

function tensor(type: TensorType, dims: readonly number[]): fc.Arbitrary<Tensor> {
  const length = elementCount(dims);
  return fc.array(ELEMENTS[type], { minLength: length, maxLength: length }).map((elements) => {
    const data = allocateTensorData(type, length);
    for (const [index, element] of elements.entries()) data[index] = element as never;
    return { type, dims, data };
  });
}

const inputs = fc.array(
  fc.record({
    type: fc.constantFrom(...TYPES),
    rest: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
  }),
  { minLength: 1, maxLength: 3 },
);
/** Requests of 1 to 3 rows for one graph. */
const requests = fc
  .tuple(inputs, fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }))
  .chain(([specs, counts]) =>
    fc.tuple(
      ...counts.map((rows) => fc.tuple(...specs.map(({ type, rest }) => tensor(type, [rows, ...rest])))),
    ),
  );

function pending(inputs: readonly Tensor[]) {
  const { promise, resolve, reject } = Promise.withResolvers<InferenceResult>();
  const [first] = inputs;
  const request = new PendingRequest({
    inputs,
    rows: first!.dims[0]!,
    deadline: Deadline.NEVER,
    enqueuedAt: 0,
    resolve,
    reject,
    onEnd: () => {},
  });
  return { request, promise };
}

describe('Batch', () => {
  it('gives every request back what it brought, for all tensor types, whole or in parts', async () => {
    const plan = fc.record({ parts: requests, maxRows: fc.integer({ min: 1, max: 6 }) });
    await fc.assert(
      fc.asyncProperty(plan, async ({ parts, maxRows }) => {
        const buffers = new BatchBuffers(false);
        const waiting = parts.map(pending);
        const run = (batch: Batch) => {
          const tensors = batch.start(1, buffers);
          for (const { dims, data } of tensors) {
            expect(dims[0]).toBe(batch.rows);
            expect(data).toHaveLength(elementCount(dims));
          }
          batch.finish(tensors, 2);
        };
        let batch = new Batch();
        for (const { request } of waiting) {
          while (request.waitingRows > 0) {
            batch.add(request, Math.min(request.waitingRows, maxRows - batch.rows));
            if (batch.rows < maxRows) continue;
            run(batch);
            batch = new Batch();
          }
        }
        if (batch.rows > 0) run(batch);
        for (const [index, { promise }] of waiting.entries()) {
          expect((await promise).outputs).toEqual(parts[index]);
        }
      }),
    );
  });

  it('fails once each request that has not ended, and tells how many of its rows were left', async () => {
    const rows = (count: number): readonly Tensor[] => [
      { type: 'float32', dims: [count, 1], data: new Float32Array(count) },
    ];
    const [whole, torn] = [pending(rows(1)), pending(rows(5))];
    const batches = [new Batch(), new Batch()];
    batches[0]!.add(whole.request, 1);
    batches[0]!.add(torn.request, 2);
    batches[1]!.add(torn.request, 1);
    const error = new Error('native trouble');
    expect(batches[0]!.fail(error)).toEqual([0, 2]);
    expect(batches[1]!.fail(error)).toEqual([]);
    await expect(whole.promise).rejects.toBe(error);
    await expect(torn.promise).rejects.toBe(error);
  });
});

describe('PendingRequest', () => {
  it('refuses an answer of more texts than the heap can hold before it makes room for it', () => {
    const request = new PendingRequest({
      inputs: [],
      rows: 1_000_000_000,
      deadline: Deadline.NEVER,
      enqueuedAt: 0,
      resolve: () => undefined,
      reject: () => undefined,
      onEnd: () => undefined,
    });
    const part: Tensor = { type: 'string', dims: [1, 1], data: ['label'] };
    expect(() => request.finish([part], 0, 1, 0)).toThrow(
      'an answer of 1000000000 texts does not fit into memory; send fewer rows',
    );
  });
});
