import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort } from '../../../bench/processes/free-port.ts';
import { ServerProcess } from '../../../bench/processes/server-process.ts';
import { CHECKOUT } from '../../../bench/servers.ts';

const FIXTURE = join(CHECKOUT, 'models-fixtures/breast-cancer/1');
const expected = JSON.parse(readFileSync(join(FIXTURE, 'expected.json'), 'utf8')) as {
  readonly inputs: { readonly rows: readonly (readonly number[])[] };
  readonly onnxruntime: { readonly labels: number[]; readonly probabilities: number[][] };
};
const wanted = expected.onnxruntime.labels.map((prediction, row) => ({
  prediction,
  probability: expect.closeTo(Math.max(...expected.onnxruntime.probabilities[row]!), 5),
}));

let server: ServerProcess;
let url: string;
const directory = mkdtempSync(join(tmpdir(), 'design-floor-'));

function ask(features: unknown): Promise<Response> {
  return fetch(url, { method: 'POST', body: JSON.stringify({ features }) });
}

beforeAll(async () => {
  const port = await findFreePort();
  url = `http://127.0.0.1:${port}/predict`;
  const script = join(CHECKOUT, 'bench/floors/design-server.ts');
  server = new ServerProcess({
    command: [process.execPath, script, String(port), join(FIXTURE, 'model.onnx')],
    environment: {},
    directory,
    logFile: join(directory, 'server.log'),
  });
  const answers = () =>
    ask(expected.inputs.rows[0]).then(
      ({ ok }) => ok,
      () => false,
    );
  await server.untilFirstAnswer(answers, 10_000);
});

afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

describe('the floor of the design', () => {
  it('answers many rows in their order', async () => {
    expect(await (await ask(expected.inputs.rows)).json()).toEqual({ predictions: wanted });
  });

  it('gives every one of the requests that it runs together its own answer', async () => {
    const answers = await Promise.all(expected.inputs.rows.map(async (row) => (await ask(row)).json()));
    expect(answers).toEqual(wanted);
  });

  it('shows the processor time and memory that it uses', () => {
    expect(server.memoryMiB()).toBeGreaterThan(20);
  });
});
