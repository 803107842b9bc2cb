import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../../../src/errors.ts';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import { boosterBytes, boosterFixtures, readBooster } from '../../booster-fixtures.ts';
import { damagedBytes } from '../../files/damaged-pickle.ts';
import { RandomNumbers } from '../../files/random-numbers.ts';

const FILES = 1500;
const MAX_MS = 2000;
const TEXTS = boosterFixtures('json', 'txt');
const ALL = boosterFixtures('json', 'txt', 'ubj', 'xgb');
const VALUES = [
  '-1',
  '0',
  '1',
  '2',
  '7',
  '0.5',
  '-0',
  '1e9',
  '2147483648',
  '1e300',
  '-1e-45',
  'NaN',
  '-Infinity',
  'nan',
  '',
  '[]',
  '"x"',
];

/** A file of a real model with some of its numbers replaced, or some of its bytes. */
function damagedFile(random: RandomNumbers): { readonly file: string; readonly bytes: Uint8Array } {
  if (random.below(4) === 0) {
    const file = random.one(ALL);
    return { file, bytes: damagedBytes(random, boosterBytes(file)) };
  }
  const file = random.one(TEXTS);
  let text = Buffer.from(boosterBytes(file)).toString();
  for (let change = random.below(3); change >= 0; change -= 1) {
    const numbers = [...text.matchAll(/(?<=[[,:= "])-?\d[\d.E+-]*/g)];
    const { index, 0: number } = random.one(numbers);
    text = text.slice(0, index) + random.one(VALUES) + text.slice(index + number.length);
  }
  return { file, bytes: new Uint8Array(Buffer.from(text)) };
}

/** What becomes of it: `null` if it is served, else the code of the refusal. */
async function outcomeOf(file: string, bytes: Uint8Array): Promise<string | null> {
  let onnx: Uint8Array;
  try {
    ({ onnx } = convertModel(readBooster(file, bytes), null));
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
  const session = await InferenceSession.create(onnx, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const [input] = session.inputMetadata;
  const width = Number(input?.isTensor ? input.shape[1] : 0);
  const rows = Float64Array.from({ length: 2 * width }, (_, at) => (at % 3 === 0 ? Number.NaN : at - width));
  const feeds = { [input?.name as string]: new Tensor('float64', rows, [2, width]) };
  if (width > 0) await session.run(feeds);
  await session.release();
  return null;
}

describe('a damaged file of a booster', () => {
  it('is served as what it says, or refused, in time', async () => {
    const counts = new Map<string | null, number>();
    for (let seed = 0; seed < FILES; seed += 1) {
      const { file, bytes } = damagedFile(new RandomNumbers(seed));
      const start = performance.now();
      const outcome = await outcomeOf(file, bytes).catch((error: unknown) => {
        throw new Error(`seed ${seed} (${file}) is not refused: ${error}`, { cause: error });
      });
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      expect(performance.now() - start, `seed ${seed}`).toBeLessThan(MAX_MS);
    }
    expect([...counts.keys()].filter((code) => code !== null).sort()).toEqual([
      'INVALID_MODEL',
      'UNSUPPORTED_MODEL',
    ]);
    expect(counts.get(null)).toBeGreaterThan(FILES / 10);
    expect(counts.get('INVALID_MODEL')).toBeGreaterThan(FILES / 10);
  }, 60_000);
});
