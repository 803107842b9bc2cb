import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LoadGenerator } from '../../bench/load/load-generator.ts';
import { CAPACITY, LOADS, OPEN_LOOP } from '../../bench/load/loads.ts';
import { type ModelFigures, measureModel } from '../../bench/measure-model.ts';
import type { BenchModel } from '../../bench/models/bench-model.ts';
import { predictProtocol } from '../../bench/targets/predict-protocol.ts';
import type { Target } from '../../bench/targets/target.ts';

const model: BenchModel = {
  name: 'constant',
  directory: '',
  sklearnFlavour: '',
  onnxFlavour: '',
  registry: '',
  columns: ['a', 'b'],
  rows: [[1, 2]],
  expected: [{ prediction: 7, probability: null }],
  tolerance: 1e-6,
};

/** A server that answers seven; `answers(n)` gives status and body of its n-th answer to one row. */
function server(name: string, script: string): Target {
  const program = `let count = 0; require('node:http').createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => { body += chunk; });
    request.on('end', () => {
      const right = body.includes('[[') ? '{"predictions":[{"prediction":7}]}' : '{"prediction":7}';
      count++;
      ${script}
      response.end(right);
    });
  }).listen(process.argv[1], '127.0.0.1');`;
  return {
    ...predictProtocol({ single: '/', many: '/' }),
    name,
    title: name,
    needs: null,
    server: name,
    answersModel: true,
    keepsCache: false,
    start: ({ port }) => ({ command: [process.execPath, '-e', program, String(port)] }),
  };
}

const TARGETS = [
  server('right', ''),
  server(
    'wrong',
    'if (body.includes(\'[[\')) { response.end(\'{"predictions":[{"prediction":8}]}\'); return; }',
  ),
  server('failing', 'if (count === 60) response.statusCode = 500;'),
  { ...server('ending', ''), start: () => ({ command: [process.execPath, '-e', 'console.log("no luck")'] }) },
];

const loads = LOADS.filter(({ name }) => [CAPACITY, OPEN_LOOP].includes(name));

let generator: LoadGenerator;
let figures: ModelFigures;
const scratch = mkdtempSync(join(tmpdir(), 'bench-'));

beforeAll(async () => {
  generator = new LoadGenerator();
  figures = await measureModel({
    model,
    targets: TARGETS,
    loads,
    rounds: 2,
    warmUpMs: 1,
    measureMs: 30,
    generator,
    context: { entry: '', environments: { peers: '', mlserver: '' }, scratch },
    tell: () => {},
  });
}, 60_000);

afterAll(async () => {
  await generator.stop();
  rmSync(scratch, { recursive: true });
});

const cellsOf = (target: string) => figures.cells.filter((cell) => cell.target === target);

describe('measureModel', () => {
  it('measures every load in every round', () => {
    expect(cellsOf('right').map(({ load, rounds, voided }) => [load, rounds.length, voided])).toEqual(
      loads.map(({ name }) => [name, 2, null]),
    );
  });

  it('sends the open loop at its share of what the target managed in closed loop', () => {
    const [many, open] = cellsOf('right');
    const [first, second] = many!.rounds.map(({ requestsPerSecond }) => requestsPerSecond);
    expect(open!.rate).toBeCloseTo((0.7 * (first! + second!)) / 2, 5);
  });

  it('leaves out a server that answers wrong, or does not answer, and says why', () => {
    const reasons = new Map(figures.missing.map(({ target, reason }) => [target, reason]));
    expect([...reasons.keys()]).toEqual(['wrong', 'ending']);
    expect(reasons.get('wrong')).toContain('wrong answer, row 0');
    expect(reasons.get('ending')).toContain('no luck');
    expect(cellsOf('wrong')).toEqual([]);
  });

  it('voids a load in which an answer failed, and measures it no more', () => {
    const voided = cellsOf('failing').filter((cell) => cell.voided !== null);
    expect(voided[0]).toMatchObject({ voided: 'an answer has the status 500' });
    expect(voided[0]!.rounds).toHaveLength(1);
  });

  it('reads the memory of what was measured', () => {
    expect(figures.memory.map(({ target }) => target)).toEqual(['right', 'failing']);
    expect(figures.memory[0]!.afterLoadMiB).toBeGreaterThan(10);
  });
});
