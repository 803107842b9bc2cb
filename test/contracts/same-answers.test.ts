import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GrpcTestClient } from '../grpc/grpc-client.ts';
import { FIXTURES, type RunningGateway, runGateway } from '../running-gateway.ts';
import { type Answers, type Door, doorsOf, type Table } from './doors.ts';

const MODELS = ['iris', 'breast-cancer', 'diabetes', 'titanic-like', 'digits'];

/** What the same graph may differ by between Python's onnxruntime and ours (contract section 9). */
const TOLERANCE = 1e-6;

interface Expected {
  readonly inputs: Table;
  readonly onnxruntime: {
    readonly values?: readonly number[];
    readonly labels?: Answers['labels'];
    readonly probabilities?: Answers['scores'];
  };
}

function expectedOf(model: string): Expected {
  return JSON.parse(readFileSync(join(FIXTURES, model, '1', 'expected.json'), 'utf8'));
}

let running: RunningGateway;
let grpc: GrpcTestClient;
let doors: readonly Door[];

beforeAll(async () => {
  running = await runGateway({ SWITCHYARD_GRPC_PORT: '0' });
  await running.serving(...MODELS);
  grpc = new GrpcTestClient(running.gateway.grpcAddress!);
  doors = doorsOf(running, grpc);
});

afterAll(async () => {
  grpc[Symbol.dispose]();
  await running[Symbol.asyncDispose]();
});

describe.each(MODELS)('the model %s', (model) => {
  const { inputs, onnxruntime } = expectedOf(model);

  it('gives the same numbers through every door, to the last bit, and they are onnxruntime’s', async () => {
    const first = await doors[0]!.ask(model, inputs);
    for (const door of doors) {
      // All rows are one run each time, so that not even the size of a batch differs.
      expect([door.name, await door.ask(model, inputs)]).toEqual([door.name, first]);
    }
    const { labels = [], probabilities, values } = onnxruntime;
    expect(first.labels).toEqual(labels);
    const scores = probabilities ?? values!.map((value) => [value]);
    expect(first.scores).toHaveLength(scores.length);
    scores.flat().forEach((value, at) => {
      const difference = Math.abs(first.scores.flat()[at]! - value);
      expect(difference).toBeLessThanOrEqual(TOLERANCE * Math.max(1, Math.abs(value)));
    });
  });
});

describe('every door', () => {
  const table = expectedOf('titanic-like').inputs;
  const withValue = (column: string, value: number | string | null): Table => ({
    ...table,
    rows: [table.rows[0]!.map((cell, at) => (table.columns[at] === column ? value : cell))],
  });

  it.each([
    ['a fraction where an integer belongs', 'siblings', 1.5],
    ['text with a NUL', 'sex', 'fe\0male'],
    ['a missing integer', 'siblings', null],
  ])('refuses %s', async (_what, column, value) => {
    for (const door of doors) {
      // What typed messages and bytes cannot even hold is no question to them.
      const cannotHold = column === 'siblings' && /binary|gRPC/.test(door.name);
      if (cannotHold) continue;
      const refusal = door.ask('titanic-like', withValue(column, value));
      await expect(refusal, door.name).rejects.toThrow(/400|INVALID_ARGUMENT/);
    }
  });

  it('takes a missing number where the model has an answer for it', async () => {
    const [first, ...others] = await Promise.all(
      doors.map((door) => door.ask('titanic-like', withValue('age', null))),
    );
    for (const answers of others) expect(answers).toEqual(first);
  });
});
