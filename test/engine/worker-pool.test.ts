import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { createOnnxEngine } from '../../src/engine/onnx-engine.ts';
import { allocateTensorData, type Tensor } from '../../src/model/tensor.ts';
import { manyTextsGraph } from '../fakes/hostile-models.ts';
import { expectTensors } from './expect-tensors.ts';
import {
  classifier,
  float32,
  graphOf,
  int64,
  irisAnswers,
  irises,
  noGraph,
  slow,
  slowInputs,
  types,
} from './sample-graphs.ts';

/** Products of the slow graph that take some tenths of a second. */
const A_WHILE = 10_000n;
const { signal } = new AbortController();

let engine: Engine;
afterEach(() => engine.close());

/** Inputs for the graph of all types. */
const rowsOfAll = (rows: number, text: (row: number) => string): Tensor[] =>
  types.inputs.map(({ type }) => ({
    type,
    dims: [rows, 1],
    data:
      type === 'string'
        ? Array.from({ length: rows }, (_, row) => text(row))
        : allocateTensorData(type, rows),
  }));

/** More objects than a heap of 16 MiB holds. */
const TOO_MANY: readonly Tensor[] = Array.from({ length: 300_000 }, () => int64([], 1n));

describe('WorkerPool', () => {
  it('leaves the event loop free while a worker runs', async () => {
    engine = createOnnxEngine({ threads: 1 });
    const session = await engine.load(slow, 'worker', signal);
    let isRunning = true;
    const running = session.run(slowInputs(A_WHILE)).finally(() => {
      isRunning = false;
    });
    let turns = 0;
    while (isRunning && turns < 100) {
      turns += 1;
      await nextTurn();
    }
    expect(turns).toBe(100);
    expectTensors(await running, [float32([1, 1], 2)]);
  });

  it('runs two sessions at once on two threads', async () => {
    engine = createOnnxEngine({ threads: 2 });
    const sessions = await Promise.all([1, 2].map(() => engine.load(slow, 'worker', signal)));
    const finished: string[] = [];
    const long = sessions[0]!.run(slowInputs(A_WHILE)).then(() => finished.push('long'));
    await sessions[1]!.run(slowInputs(1n)).then(() => finished.push('short'));
    await long;
    expect(finished).toEqual(['short', 'long']);
  });

  it('takes over large buffers of the inputs, and copies views', async () => {
    engine = createOnnxEngine({ threads: 1 });
    const session = await engine.load(classifier, 'worker', signal);
    const whole = new Float32Array(4 * 2000);
    const shared = new Float32Array(8);
    shared.set([9, 9, 9, 9, 5.1, 3.5, 1.4, 0.2]);
    const view: Tensor = { type: 'float32', dims: [1, 4], data: shared.subarray(4) };
    await session.run([{ type: 'float32', dims: [2000, 4], data: whole }]);
    const [label] = await session.run([view]);
    expect(whole.length).toBe(0);
    expect(shared.length).toBe(8);
    expect(label?.data).toEqual(new BigInt64Array([0n]));
  });

  it('fails only the runs of a worker that uses up its heap, and loads its sessions again', async () => {
    engine = createOnnxEngine({ threads: 2, heapMiB: 16 });
    const victim = await engine.load(types, 'worker', signal);
    const elsewhere = await engine.load(classifier, 'worker', signal);
    const beside = await engine.load(classifier, 'worker', signal);
    const failing = victim.run(TOO_MANY);
    const unharmed = elsewhere.run(irises());
    await expect(failing).rejects.toMatchObject({
      code: 'INFERENCE_FAILED',
      message: 'the worker thread of this run used up its JavaScript memory',
    });
    expectTensors(await unharmed, irisAnswers);
    expectTensors(await beside.run(irises()), irisAnswers);
    expect((await victim.run(rowsOfAll(1, () => 'short'))).map(({ dims }) => dims)).toEqual(
      types.outputs.map(() => [1, 2]),
    );
    expect(engine.isHealthy).toBe(true);
  });

  it('makes a run that waited for its turn on a thread which died of the one before', async () => {
    engine = createOnnxEngine({ threads: 1, heapMiB: 16 });
    const session = await engine.load(types, 'worker', signal);
    const failing = Promise.withResolvers<unknown>();
    const waiting = Promise.withResolvers<readonly Tensor[]>();
    session.requestTurn(() => failing.resolve(session.run(TOO_MANY).catch((error: unknown) => error)), 1);
    session.requestTurn(() => waiting.resolve(session.run(rowsOfAll(1, () => 'short'))), 1);
    expect(await failing.promise).toMatchObject({ code: 'INFERENCE_FAILED' });
    expect((await waiting.promise).map(({ dims }) => dims)).toEqual(types.outputs.map(() => [1, 2]));
  });

  it('loads a graph while another session on a worker runs, and does not hold that up', async () => {
    engine = createOnnxEngine({ threads: 1 });
    const busy = await engine.load(slow, 'worker', signal);
    const order: string[] = [];
    const running = busy.run(slowInputs(3n * A_WHILE)).then(() => order.push('run'));
    const loading = engine.load(classifier, 'worker', signal).then(() => order.push('load'));
    await Promise.all([running, loading]);
    expect(order).toEqual(['load', 'run']);
  });

  it('refuses texts that could exhaust the heap within native code', async () => {
    engine = createOnnxEngine({ threads: 1, heapMiB: 64 });
    const session = await engine.load(types, 'worker', signal);
    const many = () => session.run(rowsOfAll(200_000, (row) => `row ${row}`));
    const first = many();
    await expect(many()).rejects.toMatchObject({ code: 'MODEL_OVERLOADED' });
    await first;
    await many();
    const tooMany = session.run(rowsOfAll(400_000, (row) => `row ${row}`));
    await expect(tooMany).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
  });

  it('refuses outputs with more texts than the event loop can take over', async () => {
    engine = createOnnxEngine({ threads: 1 });
    const path = join(mkdtempSync(join(tmpdir(), 'switchyard-engine-')), 'model.onnx');
    writeFileSync(path, manyTextsGraph());
    const inputs = [{ name: 'X', type: 'float32', shape: [-1, 4] }] as const;
    const outputs = [{ name: 'texts', type: 'string', shape: [-1, -1] }] as const;
    const session = await engine.load(graphOf(path, inputs, outputs), 'worker', signal);
    await expect(session.run([float32([1, 4], 1_000_001, 0, 0, 0)])).rejects.toMatchObject({
      code: 'INFERENCE_FAILED',
      message: 'a run gave 1000001 texts, and 1000000 are the most',
    });
    expect((await session.run([float32([1, 4], 2, 0, 0, 0)]))[0]?.data).toEqual(['2', '2']);
    rmSync(dirname(path), { recursive: true });
  });

  it('is not healthy any more when a session cannot be loaded again', async () => {
    engine = createOnnxEngine({ threads: 1, heapMiB: 16 });
    const path = join(mkdtempSync(join(tmpdir(), 'switchyard-engine-')), 'model.onnx');
    copyFileSync(classifier.path, path);
    const session = await engine.load({ ...classifier, path }, 'worker', signal);
    rmSync(dirname(path), { recursive: true });
    await expect(session.run(TOO_MANY)).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
    await expect(session.run(irises())).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
    expect(engine.isHealthy).toBe(false);
    await session.close();
    expect(engine.isHealthy, 'nobody misses the session any more').toBe(true);
    const next = await engine.load(classifier, 'worker', signal);
    expectTensors(await next.run(irises()), irisAnswers);
  });

  it('drops the session of a load that is aborted', async () => {
    engine = createOnnxEngine({ threads: 1 });
    const abort = new AbortController();
    const loading = engine.load(classifier, 'worker', abort.signal);
    const reason = new Error('another version is wanted');
    abort.abort(reason);
    await expect(loading).rejects.toBe(reason);
    const session = await engine.load(classifier, 'worker', signal);
    expectTensors(await session.run(irises()), irisAnswers);
  });

  it('loads after a load that was refused on the same thread', async () => {
    engine = createOnnxEngine({ threads: 1 });
    await expect(engine.load(noGraph, 'worker', signal)).rejects.toMatchObject({ code: 'INVALID_MODEL' });
    const session = await engine.load(classifier, 'worker', signal);
    expectTensors(await session.run(irises()), irisAnswers);
  });

  it.each(['closed', 'idle'])('lets the process end when the engine is %s', async (state) => {
    engine = createOnnxEngine({ threads: 1 });
    const script = fileURLToPath(new URL('run-and-end.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script, state], { timeout: 15_000 });
    expect(stdout).toBe('answered\n');
  });
});
