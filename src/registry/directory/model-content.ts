import { open, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { GatewayError } from '../../errors.ts';
import { isFittedModelName, marksModelDirectory } from '../../model/model-file-name.ts';

/** What `registry add` copies: a whole model directory, or one model's file and what belongs to it. */
export type ModelContent =
  | { readonly kind: 'directory'; readonly path: string }
  | {
      readonly kind: 'file';
      readonly path: string;
      /** What it is called in the version's directory. */
      readonly name: string;
      /** Files with external data that lie beside it, by the usual names. */
      readonly companions: readonly string[];
    };

/**
 * Looks whether a model lies at `path`, without loading it.
 *
 * @throws GatewayError INVALID_MODEL that says why it is none.
 */
export async function inspectModelContent(path: string): Promise<ModelContent> {
  const stats = await stat(path).catch(() => null);
  if (stats === null) throw noModel(`there is no file or directory "${path}"`);
  if (stats.isDirectory()) {
    await checkDirectory(path);
    return { kind: 'directory', path };
  }
  const name = basename(path);
  if (isFittedModelName(name)) return { kind: 'file', path, name: `model${extname(name)}`, companions: [] };
  if (!name.endsWith('.onnx')) {
    throw noModel(
      `"${path}" is neither a model directory nor a model file (.onnx, .skops, .pkl, .ubj, .lgb)`,
    );
  }
  await checkOnnxFile(path);
  const names = await readdir(dirname(path));
  const companions = [`${basename(path)}.data`, `${basename(path)}_data`].filter((companion) =>
    names.includes(companion),
  );
  return {
    kind: 'file',
    path,
    name: 'model.onnx',
    companions: companions.map((companion) => join(dirname(path), companion)),
  };
}

async function checkDirectory(path: string): Promise<void> {
  const names = await readdir(path);
  const graphs = names.filter((name) => name.endsWith('.onnx'));
  if (names.includes('MLmodel')) {
    const text = await readFile(join(path, 'MLmodel'), 'utf8');
    if (!/^flavors:/m.test(text)) throw noModel(`"${join(path, 'MLmodel')}" names no flavors`);
  } else if (!names.some(marksModelDirectory)) {
    throw noModel(
      `"${path}" is no model directory: it has neither an MLmodel nor a model file (.onnx, .skops, .pkl)`,
    );
  }
  for (const name of graphs) await checkOnnxFile(join(path, name));
}

/** Refuses what cannot begin a protobuf ModelProto: texts, Git LFS pointers, HTML pages saved under the wrong name. */
async function checkOnnxFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(1), 0, 1, 0);
    if (bytesRead === 0) throw noModel(`"${path}" is empty`);
    const tag = buffer[0] ?? 0;
    const isField = [1, 2, 3, 4, 5, 6, 7, 8, 14].includes(tag >> 3);
    if (!isField || ((tag & 7) !== 0 && (tag & 7) !== 2)) throw noModel(`"${path}" is no ONNX file`);
  } finally {
    await file.close();
  }
}

function noModel(message: string): GatewayError {
  return new GatewayError('INVALID_MODEL', message);
}
