import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import type { ModelFormat, PreparedModel } from '../../src/formats/model-format.ts';
import type { MlModel } from '../../src/model/ml-model.ts';
import type { Signature } from '../../src/model/signature.ts';
import { elementCount } from '../../src/model/tensor.ts';
import { localVersion } from '../formats/local-version.ts';

export interface ModelFormatSubject {
  readonly format: ModelFormat;
  /** What `PreparedModel.format` says of the good ones, if that is not the format's own name. */
  readonly preparedFormat?: string;
  /** Complete model directories that must be prepared, by what is special about each. */
  readonly good: Readonly<Record<string, string>>;
  /** Makes a directory that must be refused, by what is wrong with it; what the message must say. */
  readonly bad: Readonly<
    Record<string, { readonly make: (directory: string) => void; readonly message: string }>
  >;
  /** The MLmodel of a version that another format serves. */
  readonly foreign: MlModel;
}

/** What every adapter of the `ModelFormat` port keeps. */
export function describeModelFormat({
  format,
  preparedFormat = format.name,
  good,
  bad,
  foreign,
}: ModelFormatSubject): void {
  describe(`${format.name} as a model format`, () => {
    const { signal } = new AbortController();
    let root: string;
    let work: string;
    beforeEach(() => {
      root = mkdtempSync(join(tmpdir(), 'switchyard-format-'));
      work = join(root, 'work');
      mkdirSync(work);
    });
    afterEach(() => rmSync(root, { recursive: true, force: true }));

    it('does not claim a version of another flavour, nor one without any file', () => {
      expect(format.claims(foreign, filesOf(Object.values(good)[0] as string))).toBe(false);
      expect(format.claims(null, [])).toBe(false);
    });

    it('stops when it is told to', async () => {
      const directory = Object.values(good)[0] as string;
      await expect(
        format.prepare(localVersion(directory, work), AbortSignal.abort(new Error('stop'))),
      ).rejects.toThrow('stop');
    });

    describe.each(Object.entries(good))('%s', (_, directory) => {
      it('becomes a graph file and a signature that belong together', async () => {
        const prepared = await format.prepare(localVersion(directory, work), signal);
        expect(prepared.format).toBe(preparedFormat);
        expect(isAbsolute(prepared.graphPath)).toBe(true);
        expect(statSync(prepared.graphPath).size).toBeGreaterThan(0);
        expectConsistent(prepared.signature);
      });

      it('leaves its directory as it was and gives the same again', async () => {
        const before = snapshot(directory);
        const first = await format.prepare(localVersion(directory, work), signal);
        const graph = readFileSync(first.graphPath);
        const second = await format.prepare(localVersion(directory, work), signal);
        expect(timeless(second)).toEqual(timeless(first));
        expect(readFileSync(second.graphPath).equals(graph)).toBe(true);
        expect(snapshot(directory)).toEqual(before);
      });

      it('names its missing files until it is complete', async () => {
        expect(await format.missingFiles(directory)).toEqual([]);
        const copy = join(root, 'copy');
        mkdirSync(copy);
        if (filesOf(directory).includes('MLmodel')) cpSync(join(directory, 'MLmodel'), join(copy, 'MLmodel'));
        const asked: string[] = [];
        for (;;) {
          const missing = await format.missingFiles(copy);
          if (missing.length === 0) break;
          for (const path of missing) {
            expect(asked).not.toContain(path);
            asked.push(path);
            mkdirSync(dirname(join(copy, path)), { recursive: true });
            cpSync(join(directory, path), join(copy, path));
          }
        }
        expect((await format.prepare(localVersion(copy, work), signal)).signature).toEqual(
          (await format.prepare(localVersion(directory, work), signal)).signature,
        );
      });
    });

    it.each(Object.entries(bad))('refuses %s with a message', async (_, { make, message }) => {
      const directory = join(root, 'model');
      mkdirSync(directory);
      make(directory);
      const error = await format
        .prepare(localVersion(directory, work), signal)
        .catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(GatewayError);
      expect(['INVALID_MODEL', 'UNSUPPORTED_MODEL']).toContain((error as GatewayError).code);
      expect((error as GatewayError).message).toContain(message);
    });
  });
}

/** Without what a second run does differently: it takes another time, and may find the graph of the first one. */
function timeless({ conversion, ...rest }: PreparedModel): unknown {
  return { ...rest, conversion: conversion && { ...conversion, conversionMs: 0, fromCache: false } };
}

/** Every element of a row of every input is filled by exactly one column, and the task's outputs exist. */
function expectConsistent(signature: Signature): void {
  const filled = signature.inputs.map(() => new Set<number>());
  for (const column of signature.columns) {
    const places = filled[column.input] as Set<number>;
    const size = elementCount(column.cellShape);
    for (let at = column.offset; at < column.offset + size; at += 1) {
      expect(places.has(at)).toBe(false);
      places.add(at);
    }
  }
  for (const [position, input] of signature.inputs.entries()) {
    const width = elementCount(input.shape.slice(1));
    if (width > 0) expect(filled[position]?.size).toBe(signature.variableWidth ? 0 : width);
  }
  const named = signature.columns.filter((column) => column.name !== null);
  expect([0, signature.columns.length]).toContain(named.length);
  const { task } = signature;
  const used =
    task.kind === 'classifier'
      ? [task.labelOutput, task.scoresOutput ?? task.labelOutput]
      : task.kind === 'multi-label'
        ? task.labelOutputs
        : task.kind === 'regressor'
          ? [task.output]
          : [];
  for (const output of used) expect(signature.outputs[output]).toBeDefined();
}

function filesOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true }).map(String).sort();
}

function snapshot(directory: string): unknown {
  return filesOf(directory).map((path) => {
    const stats = statSync(join(directory, path));
    return [
      path,
      stats.size,
      stats.mtimeMs,
      stats.isFile() ? readFileSync(join(directory, path), 'base64') : null,
    ];
  });
}
