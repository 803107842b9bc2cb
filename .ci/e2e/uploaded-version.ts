import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { classifierGraph } from '../../test/fakes/hostile-models.ts';
import { checkout } from './gateway-process.ts';
import type { MlflowAdmin } from './mlflow-admin.ts';

/** A model's directory, as far as the gateway needs it. */
export interface ModelFiles {
  readonly MLmodel: Buffer<ArrayBuffer>;
  readonly 'model.onnx': Buffer<ArrayBuffer>;
}

/** A version of the example models, which needs no Python. */
export async function fixtureFiles(name: string, version: string): Promise<ModelFiles> {
  const read = (file: string) => readFile(join(checkout, 'models-fixtures', name, version, file));
  return { MLmodel: await read('MLmodel'), 'model.onnx': await read('model.onnx') };
}

/** A version of iris that asks for one column more than the others, so that it would break clients. */
export function withAnotherColumn({ MLmodel }: ModelFiles): ModelFiles {
  const last = /\{"type": "double", "name":\s+"petal_width", "required":\s+true\}/;
  const text = MLmodel.toString().replace(
    last,
    (column) => `${column}, {"type": "double", "name": "colour", "required": true}`,
  );
  return { MLmodel: Buffer.from(text), 'model.onnx': Buffer.from(classifierGraph({ columns: 5 })) };
}

/**
 * Makes these files the next version of a model that exists, over REST, in a run of its own of experiment 0.
 *
 * @returns its number
 */
export async function uploadVersion(admin: MlflowAdmin, name: string, files: ModelFiles): Promise<string> {
  const { id, artifacts } = await admin.createRun('0');
  const folder = `${artifacts.replace(/^mlflow-artifacts:\/+/, '')}/model`;
  for (const [file, content] of Object.entries(files)) await admin.putArtifact(`${folder}/${file}`, content);
  return admin.createVersion(name, `${artifacts}/model`, id);
}
