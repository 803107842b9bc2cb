import { readdirSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { convertCommand } from '../../src/cli/convert-command.ts';
import { loadConfig } from '../../src/config.ts';
import { copyVersion, temporaryFolder } from '../running-gateway.ts';
import { runCommand } from './run-command.ts';

const LOGGED = resolve(import.meta.dirname, '../formats/fitted/fixtures/logged');
const SUMMARY =
  /^Pipeline\(StandardScaler, LogisticRegression\) \(sklearn 1\.9\.1, \w+\): \d+ bytes of ONNX in float64, within 1e-12 of the library's answers, made in [\d.]+ ms$/;

describe('switchyard convert', () => {
  let folder: string;
  let written: Buffer;
  let lines: string[];
  beforeEach(async () => {
    folder = await temporaryFolder();
    written = Buffer.alloc(0);
    lines = [];
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    return rm(folder, { recursive: true });
  });

  const convert = (words: readonly string[], isTerminal = false) =>
    runCommand(
      convertCommand((config) => loadConfig({ config, serveWord: false }), {
        isTerminal,
        write: async (bytes) => {
          written = Buffer.concat([written, bytes]);
        },
        tell: (line) => lines.push(line),
      }),
      words,
    );

  async function answerOf(onnx: Uint8Array, type: 'float64' | 'float32'): Promise<unknown> {
    const session = await InferenceSession.create(onnx, { logSeverityLevel: 4 });
    const outputs = await session.run({ X: new Tensor(type, [6.9, 3.2, 5.7, 2.3], [1, 4]) });
    return Array.from(outputs.label?.data as BigInt64Array);
  }

  it('writes the graph of a model directory to stdout, and a line about it to stderr', async () => {
    await convert([join(LOGGED, 'iris-skops')]);
    expect(await answerOf(written, 'float64')).toEqual([2n]);
    expect(lines).toEqual([expect.stringMatching(SUMMARY)]);
  });

  it('writes the same graph for a single file, whatever lies beside it and whichever format it has', async () => {
    await convert([join(LOGGED, 'iris-skops')]);
    const fromDirectory = written;
    await copyFile(join(LOGGED, 'iris-pickle/model.pkl'), join(folder, 'flowers.pkl'));
    await writeFile(join(folder, 'other.pkl'), 'no model');
    await convert([join(folder, 'flowers.pkl'), '--output', join(folder, 'flowers.onnx')]);
    const fromFile = await readFile(join(folder, 'flowers.onnx'));
    expect(await answerOf(fromFile, 'float64')).toEqual([2n]);
    expect(fromFile.equals(fromDirectory)).toBe(true);
  });

  it('writes a graph in single precision', async () => {
    await convert([join(LOGGED, 'iris-skops'), '--precision', 'float32']);
    expect(await answerOf(written, 'float32')).toEqual([2n]);
    expect(lines.at(-1)).toMatch(/bytes of ONNX in float32, made in/);
  });

  it('takes a version from the registry of the settings', async () => {
    const registry = join(folder, 'registry');
    await mkdir(registry);
    await copyVersion(registry, 'iris', 1, join(LOGGED, 'iris-pickle'));
    const before = temporaries();
    vi.stubEnv('SWITCHYARD_REGISTRY_DIR', registry);
    await convert(['models:/iris/Production']);
    expect(await answerOf(written, 'float64')).toEqual([2n]);
    expect(temporaries()).toEqual(before);
    await expect(convert(['models:/wine/1'])).rejects.toMatchObject({
      message: expect.stringContaining('wine'),
      exitCode: 1,
    });
  });

  it.each([
    ['binary.3.2.ubj', 'xgboost'],
    ['binary.3.2.json', 'xgboost'],
    ['light_binary.4.7.txt', 'lightgbm'],
  ])('reads the file of another library by its ending: %s', async (name, library) => {
    await convert([join(LOGGED, '../boosters', name)]);
    const session = await InferenceSession.create(written, { logSeverityLevel: 4 });
    expect(session.outputNames).toContain('variable');
    expect(lines.at(-1)).toContain(`(${library}, ${library})`);
  });

  it.each<[string, readonly string[], RegExp]>([
    ['a missing file', ['nowhere.pkl'], /there is no file or directory "[^"]*nowhere.pkl"$/m],
    ['another URI', ['runs:/abc/model'], /models:\/NAME\/STAGE, .* are taken/],
    ['a file of another kind', [join(LOGGED, 'make.py')], /no model file that can be converted/],
    [
      'a precision that there is not',
      [join(LOGGED, 'names'), '--precision', 'half'],
      /"half"; allowed: float64, float32/,
    ],
    ['a model that cannot be converted', [join(LOGGED, 'lambda')], /FunctionTransformer at steps\[0\]/],
    ['a model that was not fitted', [join(LOGGED, 'unfitted')], /before it was fitted/],
  ])('refuses %s with exit code 1', async (_, words, message) => {
    await expect(convert(words)).rejects.toMatchObject({
      message: expect.stringMatching(message),
      exitCode: 1,
    });
    expect(written).toHaveLength(0);
  });

  it('does not write bytes to a screen', async () => {
    await expect(convert([join(LOGGED, 'iris-skops')], true)).rejects.toMatchObject({
      message: expect.stringContaining('> model.onnx'),
      exitCode: 1,
    });
    expect(written).toHaveLength(0);
  });
});

function temporaries(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('switchyard-convert-'));
}
