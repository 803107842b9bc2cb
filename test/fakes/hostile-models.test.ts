import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addGraph,
  classifierGraph,
  crashingGraph,
  crashingOnValueGraph,
  DEADLY_VALUE,
  hugeMemoryGraph,
  loopForeverGraph,
  manyTextsGraph,
  slowGraph,
  unsupportedOpsetGraph,
} from './hostile-models.ts';

interface Step {
  readonly step: 'loaded' | 'ran' | 'failed';
  readonly ms?: number;
  readonly values?: readonly (readonly number[])[];
  readonly message?: string;
}

const RUNNER = fileURLToPath(new URL('run-model.ts', import.meta.url));
/** The processes are watched through /proc; the crash was seen there only. */
const isLinux = process.platform === 'linux';
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'switchyard-hostile-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function start(bytes: Uint8Array, outputs: readonly string[] = ['variable'], fill = 0) {
  const path = join(directory, 'model.onnx');
  writeFileSync(path, bytes);
  const child = spawn(process.execPath, [RUNNER, path, ...outputs], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, FILL: String(fill) },
  });
  const steps: Step[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => steps.push(JSON.parse(line) as Step));
  return { child, steps, lines };
}

async function end(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal };
}

async function run(bytes: Uint8Array, outputs?: readonly string[]): Promise<Step> {
  const { child, steps } = start(bytes, outputs);
  await end(child);
  return steps.at(-1) as Step;
}

describe('hostile models', () => {
  it('adds a constant to the sum of a row', async () => {
    expect(await run(addGraph({ bias: 2.5 }))).toMatchObject({ step: 'ran', values: [[2.5]] });
  });

  it('answers with the favourite label', async () => {
    const bytes = classifierGraph({ labels: [-7, 300], favourite: 1 });
    expect(await run(bytes, ['output_label'])).toMatchObject({ step: 'ran', values: [[300]] });
  });

  it.runIf(isLinux)('dies of SIGSEGV where the graph crashes', async () => {
    const { child, steps } = start(crashingGraph());
    expect(await end(child)).toEqual({ code: null, signal: 'SIGSEGV' });
    expect(steps).toEqual([]);
  });

  it('adds up a row where no value is deadly', async () => {
    expect(await run(crashingOnValueGraph())).toMatchObject({ step: 'ran', values: [[0]] });
  });

  it.runIf(isLinux && process.arch === 'x64')('dies of SIGFPE where a value is deadly', async () => {
    const { child, steps } = start(crashingOnValueGraph(), ['variable'], DEADLY_VALUE);
    expect(await end(child)).toEqual({ code: null, signal: 'SIGFPE' });
    expect(steps).toEqual([{ step: 'loaded' }]);
  });

  it('gives as many texts as the largest value says', async () => {
    const { child, steps } = start(manyTextsGraph(), ['texts'], 3);
    await end(child);
    expect(steps.at(-1)).toMatchObject({ step: 'ran', values: [[12, 12, 12]] });
  });

  it.runIf(isLinux)('loads the endless graph and never ends its run', async () => {
    const { child, steps, lines } = start(loopForeverGraph());
    await once(lines, 'line');
    const before = cpuTicks(child);
    // What runs burns processor time; a process that is done does not.
    while (cpuTicks(child) < before + 20) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGKILL');
    expect(await end(child)).toEqual({ code: null, signal: 'SIGKILL' });
    expect(steps).toEqual([{ step: 'loaded' }]);
  });

  it('is refused for its opset with a message', async () => {
    expect(await run(unsupportedOpsetGraph())).toMatchObject({
      step: 'failed',
      message: expect.stringContaining('opset'),
    });
  });

  it.runIf(isLinux)('fills memory only when it runs', async () => {
    const { child, lines } = start(hugeMemoryGraph());
    await once(lines, 'line');
    while (residentBytes(child) < 500 * 1024 ** 2) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGKILL');
    expect(await end(child)).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('takes about as long as asked for', async () => {
    const quick = await run(slowGraph(1));
    const slow = await run(slowGraph(300));
    expect(slow.values).toEqual([[0]]);
    expect(slow.ms).toBeGreaterThan(60);
    expect(slow.ms).toBeGreaterThan(5 * (quick.ms as number));
  });
});

function cpuTicks(child: ChildProcess): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

function residentBytes(child: ChildProcess): number {
  return Number(readFileSync(`/proc/${child.pid}/statm`, 'utf8').split(' ')[1]) * 4096;
}
