import { createServer, type ServerResponse } from 'node:http';
import { InferenceSession, type Tensor } from 'onnxruntime-node';

/**
 * The floor of the design: `node:http`, the same batching by turns of the event loop, and onnxruntime-node, with
 * nothing that a gateway adds: no versions, checks, limits, deadlines, metrics. It shares no code with `src/`.
 * Run: node design-server.ts PORT GRAPH
 */
interface Waiting {
  readonly rows: readonly (readonly number[])[];
  readonly isSingle: boolean;
  readonly response: ServerResponse;
}

const session = await InferenceSession.create(process.argv[3]!, {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  extra: { session: { intra_op: { allow_spinning: '0' } } },
});
const inputName = session.inputNames[0]!;
const [labelName, scoreName] = session.outputNames as readonly [string, string?];

let waiting: Waiting[] = [];
let isBusy = false;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    const { features } = JSON.parse(body.toString()) as { features: number[] | number[][] };
    const isSingle = !Array.isArray(features[0]);
    waiting.push({ rows: (isSingle ? [features] : features) as number[][], isSingle, response });
    if (!isBusy) {
      isBusy = true;
      setImmediate(runBatches);
    }
  });
});
server.listen(Number(process.argv[2]), '127.0.0.1');

async function runBatches(): Promise<void> {
  while (waiting.length > 0) {
    const batch = waiting;
    waiting = [];
    await runBatch(batch);
  }
  isBusy = false;
}

async function runBatch(batch: readonly Waiting[]): Promise<void> {
  const columns = batch[0]!.rows[0]!.length;
  const rows = batch.reduce((sum, { rows }) => sum + rows.length, 0);
  const data = new Float32Array(rows * columns);
  let offset = 0;
  for (const entry of batch) {
    for (const row of entry.rows) {
      data.set(row, offset);
      offset += columns;
    }
  }
  const input = { type: 'float32', data, dims: [rows, columns], location: 'cpu' } as unknown as Tensor;
  const outputs = await session.run({ [inputName]: input });
  const labels = outputs[labelName]!.data as BigInt64Array | Float32Array;
  const scores = scoreName === undefined ? null : (outputs[scoreName]!.data as Float32Array);
  let row = 0;
  for (const entry of batch) {
    answer(entry, row, labels, scores, rows);
    row += entry.rows.length;
  }
}

function answer(
  { rows, isSingle, response }: Waiting,
  start: number,
  labels: BigInt64Array | Float32Array,
  scores: Float32Array | null,
  batchRows: number,
): void {
  const classes = scores === null ? 0 : scores.length / batchRows;
  let text = '';
  for (let row = start; row < start + rows.length; row++) {
    let best = 0;
    for (let index = row * classes; index < (row + 1) * classes; index++)
      best = Math.max(best, scores![index]!);
    const end = scores === null ? '}' : `,"probability":${best}}`;
    text += `${row === start ? '' : ','}{"prediction":${labels[row]}${end}`;
  }
  if (!isSingle) text = `{"predictions":[${text}]}`;
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length });
  response.end(text);
}
