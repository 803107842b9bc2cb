import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { Deadline } from '../src/inference/deadline.ts';
import type { Signature } from '../src/model/signature.ts';
import type { Tensor } from '../src/model/tensor.ts';
import { OffLoopBodies } from '../src/protocols/off-loop/off-loop-bodies.ts';
import { encodePredictResponse } from '../src/protocols/predict/codec.ts';
import { median } from './statistics.ts';

/**
 * `node bench/large-answers.ts [--rows 1000,…] [--rounds N]`: what encoding an answer of /predict costs on the main thread
 * and what off the event loop, turn by turn: a classifier of three classes, so four elements a row. Processor time, which
 * other work hardly touches; both with the bytes that the socket gets.
 */
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '2000,4000,8000,10000,16000,32000,64000' },
    rounds: { type: 'string', default: '40' },
  },
});
const CLASSES = 3;
const signature: Signature = {
  inputs: [{ name: 'X', type: 'float32', shape: [-1, 4] }],
  outputs: [
    { name: 'label', type: 'int64', shape: [-1] },
    { name: 'probabilities', type: 'float32', shape: [-1, CLASSES] },
  ],
  columns: [],
  variableWidth: true,
  fixedRows: null,
  task: {
    kind: 'classifier',
    labelOutput: 0,
    scoresOutput: 1,
    labels: [0n, 1n, 2n],
    scores: 'probabilities',
  },
  source: 'mlmodel',
};

const print = (line: string) => process.stdout.write(`${line}\n`);

function outputsOf(rows: number): readonly Tensor[] {
  const labels = BigInt64Array.from({ length: rows }, (_, row) => BigInt(row % CLASSES));
  const scores = Float32Array.from(
    { length: rows * CLASSES },
    (_, index) => (((index * 7919) % 997) + 1) / 1_000,
  );
  return [
    { type: 'int64', dims: [rows], data: labels },
    { type: 'float32', dims: [rows, CLASSES], data: scores },
  ];
}

interface Cost {
  /** Processor time in milliseconds. */
  readonly mainThreadMs: number;
  readonly processMs: number;
}

async function measure(work: () => Promise<unknown> | unknown): Promise<Cost> {
  const thread = process.threadCpuUsage();
  const whole = process.cpuUsage();
  await work();
  const threadUsed = process.threadCpuUsage(thread);
  const used = process.cpuUsage(whole);
  return {
    mainThreadMs: (threadUsed.user + threadUsed.system) / 1_000,
    processMs: (used.user + used.system) / 1_000,
  };
}

const bodies = new OffLoopBodies({ maxClaimedBytes: 2 ** 28, memoryMaxBytes: 2 ** 32 });
const [processor] = cpus();
print(
  `${processor?.model.trim()}, ${cpus().length} cores, Node ${process.version}, medians of ${values.rounds} rounds`,
);
print('| rows | elements | here ms | off the loop: main thread ms | whole process ms |');
print('|---|---|---|---|---|');
for (const rows of values.rows.split(',').map(Number)) {
  const here: Cost[] = [];
  const away: Cost[] = [];
  for (let round = -10; round < Number(values.rounds); round++) {
    const own = outputsOf(rows);
    const shipped = outputsOf(rows);
    const ownCost = await measure(() =>
      Buffer.from(
        encodePredictResponse(own, rows, signature, { single: false, allProbabilities: false }).body,
      ),
    );
    const awayCost = await measure(() =>
      bodies.encode({
        protocol: 'predict',
        answer: {
          outputs: shipped,
          rows,
          signature,
          form: { single: false },
          options: { allProbabilities: false },
        },
        deadline: Deadline.NEVER,
      }),
    );
    // The first ones warm up.
    if (round >= 0) {
      here.push(ownCost);
      away.push(awayCost);
    }
  }
  const of = (costs: readonly Cost[], kind: keyof Cost) => median(costs.map((cost) => cost[kind])).toFixed(2);
  print(
    `| ${rows} | ${rows * (CLASSES + 1)} | ${of(here, 'processMs')} | ${of(away, 'mainThreadMs')} | ${of(away, 'processMs')} |`,
  );
}
await bodies.close();
