import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { OnnxSession } from '../../src/engine/onnx-session.ts';
import type { Graph } from '../../src/model/graph.ts';
import type { Tensor } from '../../src/model/tensor.ts';
import { FLOAT, graph, model, node, tensorInfo } from '../fakes/onnx-builder.ts';
import { expectTensors } from './expect-tensors.ts';
import {
  classifier,
  external,
  float32,
  gather,
  int64,
  irisAnswers,
  irises,
  slow,
  slowInputs,
  types,
} from './sample-graphs.ts';

const directory = mkdtempSync(join(tmpdir(), 'switchyard engine-'));
afterAll(() => rmSync(directory, { recursive: true }));

async function useSession<T>(graph: Graph, use: (session: OnnxSession) => Promise<T>): Promise<T> {
  const session = await OnnxSession.load(graph);
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

const runOnce = (graph: Graph, inputs: readonly Tensor[]) =>
  useSession(graph, (session) => session.run(inputs));

/** One row of every type, at the ends of what the type can hold. */
const extremes = (): Tensor[] => [
  { type: 'float32', dims: [1, 1], data: new Float32Array([Number.NaN]) },
  { type: 'float64', dims: [1, 1], data: new Float64Array([Number.MAX_VALUE]) },
  { type: 'float16', dims: [1, 1], data: new Uint16Array([0x7bff]) },
  { type: 'int8', dims: [1, 1], data: new Int8Array([-128]) },
  { type: 'int16', dims: [1, 1], data: new Int16Array([-32768]) },
  { type: 'int32', dims: [1, 1], data: new Int32Array([-2147483648]) },
  { type: 'int64', dims: [1, 1], data: new BigInt64Array([-(2n ** 63n)]) },
  { type: 'uint8', dims: [1, 1], data: new Uint8Array([255]) },
  { type: 'uint16', dims: [1, 1], data: new Uint16Array([65535]) },
  { type: 'uint32', dims: [1, 1], data: new Uint32Array([4294967295]) },
  { type: 'uint64', dims: [1, 1], data: new BigUint64Array([2n ** 64n - 1n]) },
  { type: 'bool', dims: [1, 1], data: new Uint8Array([1]) },
  { type: 'string', dims: [1, 1], data: ['grün 🌱'] },
];

describe('OnnxSession', () => {
  it('takes and gives every element type unchanged', async () => {
    const outputs = await runOnce(types, extremes());
    for (const [index, input] of extremes().entries()) {
      const output = outputs[index];
      expect(output?.type).toBe(input.type);
      expect(output?.dims).toEqual([1, 2]);
      expect(output?.data.constructor).toBe(input.data.constructor);
      expect(Array.from<unknown>(output?.data ?? [])).toEqual([input.data[0], input.data[0]]);
    }
  });

  it.each(['Identity', 'Flatten'])(
    'gives outputs of memory of their own, also where %s passes on',
    async (op) => {
      const path = join(directory, `${op}.onnx`);
      const parts = {
        nodes: [node(op, { inputs: ['x'], outputs: ['y'] })],
        inputs: [tensorInfo('x', FLOAT, [-1, 2])],
        outputs: [tensorInfo('y', FLOAT, [-1, 2])],
      };
      writeFileSync(path, model(graph('passes-on', parts), { '': 17 }));
      const spec = (name: string) => ({ name, type: 'float32', shape: [-1, 2] }) as const;
      // Batches of one session use the same memory one after the other.
      const data = Float32Array.of(1, 2, 3, 4);
      const passesOn: Graph = { ...classifier, path, inputs: [spec('x')], outputs: [spec('y')] };
      const [output] = await runOnce(passesOn, [{ type: 'float32', dims: [2, 2], data }]);
      data.fill(9);
      expectTensors([output!], [float32([2, 2], 1, 2, 3, 4)]);
    },
  );

  it('tells what the native call of the last run took', async () => {
    await useSession(slow, async (session) => {
      await session.run(slowInputs(1n));
      const shortMs = session.lastRunMs;
      await session.run(slowInputs(2_000n));
      expect(shortMs).toBeGreaterThan(0);
      expect(session.lastRunMs).toBeGreaterThan(shortMs);
    });
  });

  it('runs with no rows', async () => {
    const none = extremes().map((tensor) => ({ ...tensor, dims: [0, 1], data: tensor.data.slice(0, 0) }));
    const outputs = await runOnce(types, none);
    expect(outputs.map((output) => output.dims)).toEqual(outputs.map(() => [0, 2]));
  });

  it('fetches only the outputs that are named', async () => {
    const [, probabilities] = classifier.outputs;
    const outputs = await runOnce({ ...classifier, outputs: [probabilities!] }, irises());
    expectTensors(outputs, [irisAnswers[1]!]);
  });

  it('finds external data beside the graph', async () => {
    const outputs = await runOnce(external, [float32([1, 4], 1, 1, 1, 1)]);
    expectTensors(outputs, [float32([1, 3], -13.599255, -40.599644, -18.933598)]);
  });

  it.each([
    ['parallel execution', { executionMode: 'parallel', interOpThreads: 2 }],
    ['two threads', { intraOpThreads: 2 }],
    ['no optimisation', { optimizationLevel: 'disabled' }],
    ['basic optimisation', { optimizationLevel: 'basic' }],
    ['extended optimisation', { optimizationLevel: 'extended' }],
  ] as const)('runs with %s', async (_, options) => {
    const graph = { ...classifier, options: { ...classifier.options, ...options } };
    expectTensors(await runOnce(graph, irises()), irisAnswers);
  });

  describe('refuses to load', () => {
    const sample = (name: string, content: Uint8Array | string): Graph => {
      const path = join(directory, name);
      writeFileSync(path, content);
      return { ...classifier, path };
    };
    const bytes = readFileSync(classifier.path);

    it.each([
      [sample('text.onnx', 'no graph'), 'protobuf parsing failed: the file is truncated or no ONNX model'],
      [sample('cut.onnx', bytes.subarray(0, 5000)), 'protobuf parsing failed: the file is truncated'],
      [sample('empty.onnx', ''), 'ModelProto does not have a graph'],
      [{ ...classifier, path: join(directory, 'none.onnx') }, "File doesn't exist"],
      [{ ...classifier, path: directory }, 'model path is a directory'],
    ])('$path', async (graph, reason) => {
      const error = await OnnxSession.load(graph).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: 'GatewayError', code: 'INVALID_MODEL' });
      expect((error as Error).message).toContain(reason);
      expect((error as Error).message).not.toContain(tmpdir());
    });

    it('a graph without its external data, and names the file and not the folder', async () => {
      const path = join(directory, 'alone.onnx');
      copyFileSync(external.path, path);
      const error = await OnnxSession.load({ ...external, path }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'INVALID_MODEL' });
      expect((error as Error).message).toMatch(/External data path does not exist: "[\w-]+\.data"$/);
    });

    it('a graph that lacks what should be fed or fetched', async () => {
      const [input] = classifier.inputs;
      const renamed = { ...input!, name: 'other' };
      await expect(OnnxSession.load({ ...classifier, inputs: [] })).rejects.toThrow('needs an input "X"');
      await expect(OnnxSession.load({ ...classifier, inputs: [input!, renamed] })).rejects.toThrow(
        'has no input "other"',
      );
      await expect(OnnxSession.load({ ...classifier, outputs: [renamed] })).rejects.toThrow(
        'has no output "other"',
      );
      await expect(OnnxSession.load({ ...classifier, outputs: [] })).rejects.toThrow('has no output');
    });
  });

  describe('fails a run', () => {
    it.each([
      ['with too few inputs', []],
      ['with the wrong width', [float32([1, 5], 1, 2, 3, 4, 5)]],
      ['with the wrong rank', [float32([4], 1, 2, 3, 4)]],
      ['with the wrong type', [int64([1, 4], 1n, 2n, 3n, 4n)]],
      ['whose data is longer than its shape', [float32([1, 4], 1, 2, 3, 4, 5)]],
      ['whose data is shorter than its shape', [float32([2, 4], 1, 2, 3, 4)]],
    ])('%s', async (_, inputs) => {
      await expect(runOnce(classifier, inputs)).rejects.toMatchObject({
        name: 'GatewayError',
        code: 'INFERENCE_FAILED',
      });
    });

    it.each(['cut\0off', 'half a pair \ud800'])('for text that the runtime would change', async (text) => {
      const altered: Tensor = { type: 'string', dims: [1, 1], data: [text] };
      const inputs = [...extremes().slice(0, -1), altered];
      await expect(runOnce(types, inputs)).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
    });

    it('and says which node failed, without the values', async () => {
      await useSession(gather, async (session) => {
        const error = await session.run([int64([1, 1], 7777n)]).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code: 'INFERENCE_FAILED' });
        expect((error as Error).message).toContain('Gather node failed');
        expect((error as Error).message).not.toContain('7777');
        expect((error as Error).cause).toBeUndefined();
        expectTensors(await session.run([int64([1, 1], 3n)]), [float32([1, 1], 3)]);
      });
    });
  });

  it('is loaded through a link to its file', async () => {
    const path = join(directory, 'linked.onnx');
    symlinkSync(classifier.path, path);
    expectTensors(await runOnce({ ...classifier, path }, irises()), irisAnswers);
  });
});
