import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { PreparedModel } from '../../../src/formats/model-format.ts';
import { createOnnxFormat } from '../../../src/formats/onnx/onnx-format.ts';
import { localVersion } from '../local-version.ts';

export const format = createOnnxFormat({ maxThreads: 2 });

export function fixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/onnx/${name}`, import.meta.url));
}

/** A model directory of its own, with a work directory beside it; both go when the scope ends. */
export function scratch(files: Readonly<Record<string, string | Uint8Array>> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'switchyard-onnx-'));
  const [directory, work] = [join(root, 'model'), join(root, 'work')];
  mkdirSync(directory);
  mkdirSync(work);
  for (const [path, content] of Object.entries(files)) writeFileSync(join(directory, path), content);
  return {
    directory,
    work,
    prepare: (from = directory) => format.prepare(localVersion(from, work), new AbortController().signal),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** An MLmodel with an onnx flavour and a signature. */
export function mlmodel({ inputs, options }: { inputs?: unknown; options?: string }): string {
  const signature = inputs === undefined ? '' : `signature:\n  inputs: '${JSON.stringify(inputs)}'\n`;
  return `flavors:\n  onnx:\n    data: model.onnx\n    onnx_session_options: ${options ?? 'null'}\n${signature}`;
}

interface RecordedTensor {
  readonly type: 'float32' | 'float64' | 'int64' | 'string';
  readonly dims: readonly number[];
  readonly data: readonly (number | string)[];
}

export interface Expected {
  readonly inputs: Readonly<Record<string, RecordedTensor>>;
  readonly outputs: Readonly<Record<string, RecordedTensor>>;
  readonly classes?: readonly (number | string)[];
}

export function expectedOf(name: string): Expected {
  return JSON.parse(readFileSync(join(fixture(name), 'expected.json'), 'utf8')) as Expected;
}

/** Runs a prepared model in onnxruntime; values as numbers, or texts as they are. */
export async function run(
  prepared: PreparedModel,
  inputs: Expected['inputs'],
): Promise<Map<string, { dims: readonly number[]; data: (number | string)[] }>> {
  const session = await InferenceSession.create(prepared.graphPath, {
    logSeverityLevel: 4,
    intraOpNumThreads: 1,
  });
  try {
    const feeds = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, feed(tensor)]));
    const names = prepared.signature.outputs.map((output) => output.name);
    const outputs = await session.run(feeds, names);
    return new Map(
      names.map((name) => {
        const tensor = outputs[name] as Tensor;
        const values = Array.from(tensor.data as ArrayLike<unknown>, (value) =>
          typeof value === 'string' ? value : Number(value),
        );
        return [name, { dims: tensor.dims, data: values }];
      }),
    );
  } finally {
    await session.release();
  }
}

function feed({ type, dims, data }: RecordedTensor): Tensor {
  switch (type) {
    case 'string':
      return new Tensor('string', data.map(String), dims);
    case 'int64':
      return new Tensor('int64', BigInt64Array.from(data, BigInt), dims);
    case 'float32':
      return new Tensor('float32', Float32Array.from(data as number[]), dims);
    case 'float64':
      return new Tensor('float64', Float64Array.from(data as number[]), dims);
  }
}
