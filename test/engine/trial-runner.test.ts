import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TrialReport, TrialRun, TrialRunner } from '../../src/engine/engine.ts';
import { createTrialRunner } from '../../src/engine/trial-runner.ts';
import type { Graph } from '../../src/model/graph.ts';
import { expectTensors } from './expect-tensors.ts';
import { childrenOf, isAlive, linksOf, until } from './processes.ts';
import {
  allocate,
  classifier,
  FOREVER,
  float32,
  gather,
  int64,
  irisAnswers,
  irises,
  noGraph,
  slow,
  slowInputs,
} from './sample-graphs.ts';

const MEMORY_LIMIT_BYTES = 256 * 1024 ** 2;
const IDLE_MS = 60_000;
const { signal } = new AbortController();
const directory = mkdtempSync(join(tmpdir(), 'switchyard-trial-'));
afterAll(() => rmSync(directory, { recursive: true }));

let runner: TrialRunner;
beforeEach(() => {
  runner = createTrialRunner({ memoryLimitBytes: MEMORY_LIMIT_BYTES, idleMs: IDLE_MS });
});
afterEach(() => runner.close());

const attempt = (graph: Graph, runs: TrialRun[], timeoutMs = 15_000, abort = signal): Promise<TrialReport> =>
  runner.try(graph, runs, timeoutMs, abort);
const attemptClassifier = () => attempt(classifier, [{ inputs: irises() }]);
const hang = (timeoutMs?: number, abort?: AbortSignal) =>
  attempt(slow, [{ inputs: slowInputs(FOREVER) }], timeoutMs, abort);
/** This file's tests run one after another in one process, so there is no other child. */
const onlyChild = () => until(() => childrenOf(process.pid)[0]);

// Looks at processes through /proc.
describe.runIf(process.platform === 'linux')('TrialRunner', () => {
  it('reports what each run gave, and what load and run cost', async () => {
    const report = await attempt(gather, [
      { inputs: [int64([1, 1], 2n)] },
      { inputs: [int64([1, 1], 9n)] },
      { inputs: [int64([2, 1], 0n, 3n)] },
    ]);
    const [first, second, third] = report.runs;
    expectTensors((first as { outputs: [] }).outputs, [float32([1, 1], 2)]);
    expect((second as { error: string }).error).toContain('indices element out of data bounds');
    expectTensors((third as { outputs: [] }).outputs, [float32([2, 1], 0, 3)]);
    expect(report.loadMs).toBeGreaterThan(0);
    expect(report.loadMs).toBeLessThan(1000);
    expect(report.runMs).toBeGreaterThan(0);
    expect(report.memoryBytes).toBeGreaterThanOrEqual(0);
    expect(report.memoryBytes).toBeLessThan(MEMORY_LIMIT_BYTES);
  });

  it('has no run time where no run is made or the first fails', async () => {
    expect((await attempt(gather, [])).runMs).toBeNull();
    expect((await attempt(gather, [{ inputs: [int64([1, 1], 9n)] }])).runMs).toBeNull();
  });

  it('takes several trials in one process, also after a graph that is refused', async () => {
    await attemptClassifier();
    const child = await onlyChild();
    await expect(attempt(noGraph, [])).rejects.toMatchObject({ code: 'INVALID_MODEL' });
    const reports = await Promise.all([attemptClassifier(), attemptClassifier(), attemptClassifier()]);
    for (const report of reports) expectTensors((report.runs[0] as { outputs: [] }).outputs, irisAnswers);
    expect(childrenOf(process.pid)).toEqual([child]);
  });

  it('gives way to the process that serves', async () => {
    await attemptClassifier();
    expect(getPriority(await onlyChild())).toBeGreaterThan(getPriority());
  });

  it('gives the reason of the runtime for a file that is cut off', async () => {
    const path = join(directory, 'cut.onnx');
    writeFileSync(path, readFileSync(classifier.path).subarray(0, 5000));
    await expect(attempt({ ...classifier, path }, [])).rejects.toMatchObject({
      code: 'INVALID_MODEL',
      message:
        'the runtime refuses "cut.onnx": protobuf parsing failed: the file is truncated or no ONNX model',
    });
  });

  it('kills a graph that hangs, and goes on with the next', async () => {
    await attemptClassifier();
    await expect(hang(300)).rejects.toMatchObject({
      code: 'LOAD_TIMEOUT',
      message: 'loading and trying "slow.onnx" takes longer than 300 ms',
    });
    await until(() => childrenOf(process.pid).length === 0);
    await attemptClassifier();
  });

  it('names the signal that a process dies of, and goes on with the next', async () => {
    await attemptClassifier();
    const child = await onlyChild();
    const hanging = expect(hang()).rejects.toMatchObject({
      code: 'LOAD_CRASHED',
      message: expect.stringMatching(
        /^the trial process died of SIGSEGV while (loading|running) "slow.onnx"/,
      ),
    });
    process.kill(child, 'SIGSEGV');
    await hanging;
    await attemptClassifier();
  });

  it('kills a graph that takes more memory than allowed', async () => {
    const floats = BigInt(MEMORY_LIMIT_BYTES);
    await expect(attempt(allocate, [{ inputs: [int64([1], floats)] }])).rejects.toMatchObject({
      code: 'MEMORY_LIMIT',
      message: 'loading and trying "allocate.onnx" takes more than 256 MiB of memory',
    });
  });

  it('kills the trial that is aborted, and throws the reason', async () => {
    const abort = new AbortController();
    const reason = new Error('the pointer moved on');
    const hanging = expect(hang(15_000, abort.signal)).rejects.toBe(reason);
    const child = await onlyChild();
    abort.abort(reason);
    await hanging;
    await until(() => !childrenOf(process.pid).includes(child));
  });

  it('throws the reason of a trial that is aborted in the queue, and leaves the others alone', async () => {
    const first = attemptClassifier();
    const abort = new AbortController();
    const queued = attempt(classifier, [], 15_000, abort.signal);
    const third = attemptClassifier();
    abort.abort(new Error('not this one'));
    await expect(queued).rejects.toThrow('not this one');
    await Promise.all([first, third]);
  });

  it('does not let a graph that hangs hold up the others', async () => {
    const hanging = expect(hang()).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await Promise.all([attemptClassifier(), attemptClassifier()]);
    await runner.close();
    await hanging;
  });

  it('ends its processes when it is closed, and then tries nothing', async () => {
    const running = expect(attemptClassifier()).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await runner.close();
    await running;
    expect(childrenOf(process.pid)).toEqual([]);
    await expect(attemptClassifier()).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await runner.close();
  });

  it('ends an idle process after a while', async () => {
    await runner.close();
    runner = createTrialRunner({ memoryLimitBytes: MEMORY_LIMIT_BYTES, idleMs: 1 });
    await attemptClassifier();
    await until(() => childrenOf(process.pid).length === 0);
    await attemptClassifier();
  });

  it('starts another process when an idle one has died', async () => {
    await attemptClassifier();
    const child = await onlyChild();
    process.kill(child, 'SIGKILL');
    await until(() => childrenOf(process.pid).length === 0);
    await attemptClassifier();
  });

  it('stays alive when the whole process group is told to stop', async () => {
    await attemptClassifier();
    const child = await onlyChild();
    process.kill(child, 'SIGINT');
    process.kill(child, 'SIGTERM');
    await attemptClassifier();
    expect(childrenOf(process.pid)).toEqual([child]);
  });

  it('tells the child neither the environment nor the sockets of this process', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    process.env.SWITCHYARD_TEST_SECRET = 'hunter2';
    try {
      await attemptClassifier();
      const child = await onlyChild();
      expect(readFileSync(`/proc/${child}/environ`, 'utf8')).not.toContain('hunter2');
      const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
      const socket = readlinkSync(`/proc/self/fd/${fd}`);
      expect(socket).toMatch(/^socket:/);
      expect(linksOf(child)).not.toContain(socket);
    } finally {
      delete process.env.SWITCHYARD_TEST_SECRET;
      server.close();
    }
  });

  it('does not outlive a parent that is killed, even while a native call hangs', async () => {
    const script = fileURLToPath(new URL('hang-in-trial.ts', import.meta.url));
    const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output] = await once(parent.stdout, 'data');
    expect(String(output)).toBe('hangs\n');
    const [child] = childrenOf(parent.pid!);
    expect(isAlive(child!)).toBe(true);
    parent.kill('SIGKILL');
    await until(() => !isAlive(child!));
  });
});
