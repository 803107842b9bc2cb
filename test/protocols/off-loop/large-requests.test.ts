import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LARGE_BODY_BYTES } from '../../../src/protocols/off-loop/off-loop-bodies.ts';
import { type RunningGateway, runGateway } from '../../running-gateway.ts';

const COUNT = 70_000;
const SAMPLES: readonly (readonly number[])[] = [
  [5.1, 3.5, 1.4, 0.2],
  [6.3, 3.3, 6.0, 2.5],
  [5.9, 2.8, 4.3, 1.3],
];
const samples = Array.from({ length: COUNT }, (_, row) => SAMPLES[row % SAMPLES.length]!);

interface Prediction {
  readonly prediction: number;
  readonly probability: number;
}

describe('a large request to /predict', () => {
  let running: RunningGateway;
  beforeAll(async () => {
    running = await runGateway({ SWITCHYARD_MAX_BUFFERED_BYTES: '8000000' });
    await running.serving('iris', 'titanic-like');
  });
  afterAll(() => running[Symbol.asyncDispose]());

  const post = async (path: string, body: string) => {
    const response = await running.post(path, body);
    const content = (await response.json()) as Record<string, unknown>;
    return { response, content };
  };

  it('is answered row by row as small requests are', async () => {
    const { content: small } = await post('/models/iris/predict', JSON.stringify({ features: SAMPLES }));
    const expected = small.predictions as Prediction[];
    const body = JSON.stringify({ features: samples });
    expect(body.length).toBeGreaterThan(LARGE_BODY_BYTES);
    const { response, content } = await post('/models/iris/predict', body);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('x-model-version')).not.toBeNull();
    const predictions = content.predictions as Prediction[];
    expect(predictions).toHaveLength(COUNT);
    const wrong = predictions.filter(({ prediction, probability }, row) => {
      const { prediction: label, probability: near } = expected[row % SAMPLES.length]!;
      return prediction !== label || Math.abs(probability - near) > 1e-6;
    });
    expect(wrong).toEqual([]);
  });

  it('tells all that is wrong with it as for a small one', async () => {
    const wrong = [{ sepal_lenght: 1 }, 'x', [1, 2, 3]];
    const inFull = (count: number) =>
      JSON.stringify({ features: [...samples.slice(0, count), ...wrong], feature: 1 });
    const [small, large] = await Promise.all(
      [1, COUNT].map((count) => post('/models/iris/predict', inFull(count))),
    );
    expect(large!.response.status).toBe(400);
    const atSmall = JSON.stringify(small!.content.errors);
    const atLarge = JSON.stringify(large!.content.errors);
    expect(atLarge).toBe(
      atSmall.replaceAll(/features\/(\d)/g, (_, row) => `features/${Number(row) + COUNT - 1}`),
    );
    expect(large!.response.headers.get('x-model-version')).not.toBeNull();
  });

  it('is refused with the same sentence when it is no JSON, or none of UTF-8', async () => {
    const broken = await post('/models/iris/predict', `${JSON.stringify({ features: samples })}]`);
    expect(broken.content).toMatchObject({ status: 400, detail: 'the body is not JSON: it is malformed' });
    const latin1 = Buffer.from(`{"features":"${'é'.repeat(LARGE_BODY_BYTES)}"}`, 'latin1');
    const response = await running.post('/models/iris/predict', new Uint8Array(latin1));
    expect(await response.json()).toMatchObject({ status: 400, detail: 'the body is not UTF-8 text' });
  });

  it('may be one row with much in it', async () => {
    const padding = ' '.repeat(LARGE_BODY_BYTES);
    const { content } = await post('/models/iris/predict', `${padding}{"features":[5.1,3.5,1.4,0.2]}`);
    expect(content).toEqual({ prediction: 0, probability: expect.closeTo(1, 5) });
  });

  it('is refused with a moment to come again while others hold the memory', async () => {
    const bodies = Array.from({ length: 6 }, () => JSON.stringify({ features: [...samples, ...samples] }));
    const answers = await Promise.all(bodies.map((body) => running.post('/models/iris/predict', body)));
    await Promise.all(answers.map((answer) => answer.arrayBuffer()));
    const statuses = new Set(answers.map(({ status }) => status));
    expect(statuses).toEqual(new Set([200, 429]));
    const refused = answers.find(({ status }) => status === 429)!;
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });
});

describe('stopping with large requests', () => {
  /** Takes a second and more. */
  const body = `{"features":[${'[5.1,3.5,1.4,0.2],'.repeat(500_000)}[5.1,3.5,1.4,0.2]]}`;

  it('answers what was begun', async () => {
    await using running = await runGateway();
    await running.serving('iris');
    const answer = running.post('/models/iris/predict', body).then((response) => response.text());
    while ((await running.metric('switchyard_requests_in_flight')) !== 1) await Promise.resolve();
    expect(await running.gateway.stop()).toBe('drained');
    expect(await answer).toMatch(/^\{"predictions":\[.*\]\}$/);
  });

  it('does not wait for what the drain limit cuts off', async () => {
    await using running = await runGateway({ SWITCHYARD_DRAIN_TIMEOUT_MS: '1' });
    await running.serving('iris');
    const answer = running.post('/models/iris/predict', body).catch(() => null);
    while ((await running.metric('switchyard_requests_in_flight')) !== 1) await Promise.resolve();
    expect(await running.gateway.stop()).toBe('cut-off');
    await answer;
  });
});
