import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalVersion, ModelFormat, PreparedModel } from '../../src/formats/model-format.ts';
import type { MlModel } from '../../src/model/ml-model.ts';
import type { Signature } from '../../src/model/signature.ts';

/**
 * Prepares versions whose `model.onnx` is the JSON list of their column names, with one float32 input and one output.
 * The graph is written into the work directory.
 */
export class FakeFormat implements ModelFormat {
  readonly name = 'fake';
  /** Called before each preparation; what it throws, the preparation throws. */
  beforePrepare: (version: LocalVersion) => Promise<void> | void = () => {};
  /** Over what is prepared. */
  changes: Partial<PreparedModel> = {};
  readonly workDirectories: string[] = [];

  claims(mlmodel: MlModel | null, paths: readonly string[]): boolean {
    return mlmodel === null ? paths.includes('model.onnx') : 'onnx' in mlmodel.flavors;
  }

  async missingFiles(): Promise<readonly string[]> {
    return [];
  }

  async prepare(version: LocalVersion, signal: AbortSignal): Promise<PreparedModel> {
    const { directory, workDirectory } = version;
    this.workDirectories.push(workDirectory);
    await this.beforePrepare(version);
    signal.throwIfAborted();
    const names: string[] = JSON.parse(await readFile(join(directory, 'model.onnx'), 'utf8'));
    const graphPath = join(workDirectory, 'graph.onnx');
    await writeFile(graphPath, names.join());
    return {
      format: this.name,
      graphPath,
      signature: signatureOf(names),
      options: {
        intraOpThreads: 1,
        interOpThreads: 1,
        executionMode: 'sequential',
        optimizationLevel: 'all',
      },
      invocations: 'records',
      exampleRows: null,
      conversion: null,
      notes: ['a note of the format'],
      ...this.changes,
    };
  }
}

function signatureOf(names: readonly string[]): Signature {
  return {
    inputs: [{ name: 'x', type: 'float32', shape: [-1, names.length] }],
    outputs: [{ name: 'y', type: 'float32', shape: [-1, 1] }],
    columns: names.map((name, offset) => ({
      name,
      type: 'double',
      input: 0,
      offset,
      cellShape: [],
      required: true,
      takesNaN: true,
    })),
    variableWidth: false,
    fixedRows: null,
    task: { kind: 'regressor', output: 0 },
    source: 'mlmodel',
  };
}
