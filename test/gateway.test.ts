import { cp, rm, writeFile } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addGraph, slowGraph, unsupportedOpsetGraph } from './fakes/hostile-models.ts';
import { RawConnection } from './http/raw-connection.ts';
import {
  copyFixtures,
  FIXTURES,
  type RunningGateway,
  runGateway,
  temporaryFolder,
  writeVersion,
} from './running-gateway.ts';

const ROW = { features: [1, 2, 3, 4] };

async function json(
  url: string,
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const response = await fetch(url);
  return { status: response.status, body: (await response.json()) as never };
}

describe('startGateway', () => {
  it('answers probes before the first model serves, and is ready when each explicit one does', async () => {
    const registry = await temporaryFolder();
    await writeVersion(registry, 'sum', 1, addGraph());
    {
      await using running = await runGateway({
        SWITCHYARD_REGISTRY_DIR: registry,
        SWITCHYARD_MODELS: 'models:/sum/Production,models:/late/Production',
      });
      expect((await json(`${running.url}/livez`)).status).toBe(200);
      await running.serving('sum');
      const unready = await json(`${running.url}/readyz`);
      expect(unready).toEqual({
        status: 503,
        body: { ready: false, reason: expect.stringContaining('model "late" does not serve yet') },
      });
      const health = await json(`${running.url}/health`);
      expect(health.status).toBe(503);
      expect(health.body).toMatchObject({
        status: 'unhealthy',
        reason: unready.body.reason,
        models: [
          { name: 'sum', version: '1', ready: true },
          { name: 'late', version: null, ready: false },
        ],
      });
      // A model that serves is served, whatever the others do.
      expect((await running.post('/models/sum/predict', ROW)).status).toBe(200);
      await writeVersion(registry, 'late', 1, addGraph());
      await running.ready();
      expect((await json(`${running.url}/readyz`)).body).toEqual({ ready: true });
      expect((await json(`${running.url}/health`)).body).toMatchObject({ status: 'healthy', model: 'sum' });
    }
    await rm(registry, { recursive: true });
  });

  it('is ready with a wildcard match that fails, which is only not ready itself', async () => {
    const registry = await temporaryFolder();
    await writeVersion(registry, 'broken', 1, unsupportedOpsetGraph());
    await writeVersion(registry, 'sum', 1, addGraph());
    {
      await using running = await runGateway({ SWITCHYARD_REGISTRY_DIR: registry });
      await running.ready();
      await running.serving('sum');
      const status = await json(`${running.url}/models/broken`);
      expect(status.status).toBe(200);
      expect(status.body).toMatchObject({
        ready: false,
        current: null,
        lastError: { code: expect.any(String), message: expect.any(String), at: expect.any(String) },
      });
      expect(await running.metric('switchyard_model_ready{model="broken"}')).toBe(0);
      expect(await running.metric('switchyard_model_ready{model="sum"}')).toBe(1);
      expect(await running.metric('switchyard_swaps_total{model="sum",outcome="swapped"}')).toBe(1);
    }
    await rm(registry, { recursive: true });
  });

  it('says what exists where nothing matches', async () => {
    await using running = await runGateway({ SWITCHYARD_MODELS: 'models:/*/Nowhere' });
    await running.gateway.firstPoll;
    const { status, body } = await json(`${running.url}/readyz`);
    expect(status).toBe(503);
    expect(body.reason).toMatch(/nothing in the registry matches models:\/\*\/Nowhere.*Production/);
    expect(running.log.some(({ event }) => event === 'nothing-matches')).toBe(true);
  });

  it('serves one mounted directory, and other content of it after a restart on the same cache', async () => {
    const [directory, cache] = [await temporaryFolder(), await temporaryFolder()];
    await cp(join(FIXTURES, 'iris/1'), directory, { recursive: true });
    const env = { SWITCHYARD_MODEL_DIR: directory, SWITCHYARD_CACHE_DIR: cache };
    const setosa = { features: [5.1, 3.5, 1.4, 0.2] };
    const ask = async () => {
      await using running = await runGateway(env);
      await running.until(() => running.gateway.service.status('model').lastError === null);
      await running.ready();
      await running.until(() => {
        const { current, desired, loading } = running.gateway.service.status('model');
        return loading === null && current?.digest === desired?.digest;
      });
      const response = await running.post('/predict', setosa);
      expect(response.headers.get('x-model-name')).toBe('model');
      return ((await response.json()) as { probability: number }).probability;
    };
    expect(await ask()).toBeCloseTo(1, 3);
    await cp(join(FIXTURES, 'iris/2'), directory, { recursive: true });
    expect(await ask()).toBeCloseTo(0.72, 1);
    await rm(directory, { recursive: true });
    await rm(cache, { recursive: true });
  });

  it('has the metrics on a port of their own where one is set', async () => {
    await using running = await runGateway({
      SWITCHYARD_METRICS_PORT: '0',
      SWITCHYARD_MODELS: 'models:/iris/1',
    });
    const url = running.gateway.metricsUrl;
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
    expect((await fetch(`${url}/models`)).status).toBe(404);
    expect((await fetch(`${running.url}/metrics`)).status).toBe(404);
  });

  it('shows the whole state of a model', async () => {
    await using running = await runGateway({ SWITCHYARD_MODELS: 'flowers=models:/iris@challenger' });
    await running.serving('flowers');
    const { body } = await json(`${running.url}/models/flowers`);
    const version = {
      version: '2',
      runId: null,
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      loadedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    };
    expect(body).toMatchObject({
      name: 'flowers',
      registeredName: 'iris',
      uri: 'models:/iris@challenger',
      ready: true,
      current: version,
      desired: version,
      previous: null,
      draining: [],
      lastError: null,
      nextRetryAt: null,
      labels: ['0', '1', '2'],
      signature: { task: 'classifier', probabilities: true },
      placement: { placement: expect.any(String), reason: expect.any(String) },
    });
    expect(body.inputs).toEqual([expect.objectContaining({ type: 'float32', shape: [-1, 4] })]);
    expect(body.outputs).toHaveLength(2);
    expect((await json(`${running.url}/models`)).body).toEqual({ models: [body] });
  });
});

describe('a swap under load', () => {
  it('fails no request, and the version named is the one that answered', async () => {
    const registry = await copyFixtures('iris/1', 'iris/2');
    const point = (version: number) =>
      writeFile(join(registry, 'iris/registry.yaml'), `stages: {Production: ${version}}\n`);
    await point(1);
    {
      await using running = await runGateway({
        SWITCHYARD_REGISTRY_DIR: registry,
        SWITCHYARD_POLL_INTERVAL_MS: '100',
      });
      await running.serving('iris');
      let isDone = false;
      const seen = new Set<string>();
      const client = async () => {
        while (!isDone) {
          const response = await running.post('/models/iris/predict', { features: [5.1, 3.5, 1.4, 0.2] });
          expect(response.status).toBe(200);
          const version = response.headers.get('x-model-version')!;
          seen.add(version);
          const { probability } = (await response.json()) as { probability: number };
          expect(probability > 0.9).toBe(version === '1');
        }
      };
      const clients = Promise.all(Array.from({ length: 4 }, client));
      for (const version of [2, 1, 2]) {
        await point(version);
        await running.until(
          () => running.gateway.service.status('iris').current?.version === String(version),
        );
      }
      isDone = true;
      await clients;
      expect([...seen].sort()).toEqual(['1', '2']);
    }
    await rm(registry, { recursive: true });
  });
});

describe('Gateway.stop', () => {
  let registry: string;
  /** Shared, so that the versions are tried only once. */
  let cache: string;

  beforeAll(async () => {
    [registry, cache] = [await copyFixtures('iris/1'), await temporaryFolder()];
    await writeVersion(registry, 'sum', 1, addGraph());
    await writeVersion(registry, 'slow', 1, slowGraph(200));
  });

  afterAll(async () => {
    await rm(registry, { recursive: true });
    await rm(cache, { recursive: true });
  });

  const run = async (env: Readonly<Record<string, string>>): Promise<RunningGateway> => {
    const running = await runGateway({
      SWITCHYARD_REGISTRY_DIR: registry,
      SWITCHYARD_CACHE_DIR: cache,
      ...env,
    });
    await running.serving('sum', 'slow', 'iris');
    return running;
  };
  /** On a connection of its own. @returns the status */
  const askOnce = async (running: RunningGateway) => {
    using connection = await RawConnection.open(running.url);
    connection.post('/models/sum/predict', JSON.stringify(ROW));
    return (await connection.answer()).status;
  };
  const inFlight = async (running: RunningGateway) => {
    while ((await running.metric('switchyard_requests_in_flight')) === 0);
  };

  it('is unready at once and goes on serving for the shutdown delay, closing each connection', async () => {
    const running = await run({ SWITCHYARD_SHUTDOWN_DELAY_MS: '300' });
    const stopped = running.gateway.stop();
    expect(await json(`${running.url}/readyz`)).toEqual({
      status: 503,
      body: { ready: false, reason: 'the server is shutting down' },
    });
    expect((await json(`${running.url}/livez`)).status).toBe(200);
    using connection = await RawConnection.open(running.url);
    connection.post('/models/sum/predict', JSON.stringify(ROW));
    expect(await connection.answer()).toMatchObject({ status: 200, headers: { connection: 'close' } });
    await connection.closed();
    expect(await stopped).toBe('drained');
    await running[Symbol.asyncDispose]();
  });

  it('refuses new requests on open and new connections while running ones finish', async () => {
    const running = await run({});
    using keptAlive = await RawConnection.open(running.url);
    using busy = await RawConnection.open(running.url);
    keptAlive.post('/models/sum/predict', JSON.stringify(ROW));
    expect((await keptAlive.answer()).status).toBe(200);
    busy.post('/models/slow/predict', JSON.stringify(ROW));
    busy.post('/models/slow/predict', JSON.stringify(ROW));
    await inFlight(running);
    const stopped = running.gateway.stop();
    await new Promise((resolve) => setTimeout(resolve, 5)); // later than the delay of 0 ms that was begun before
    keptAlive.post('/models/sum/predict', JSON.stringify(ROW));
    const refused = await keptAlive.answer();
    expect(refused).toMatchObject({
      status: 503,
      headers: { connection: 'close', 'retry-after': expect.stringMatching(/^\d+$/) },
    });
    expect(JSON.parse(refused.body).code).toBe('SHUTTING_DOWN');
    using late = await RawConnection.open(running.url);
    late.post('/models/sum/predict', JSON.stringify(ROW));
    expect((await late.answer()).status).toBe(503);
    expect(await busy.answer()).toMatchObject({ status: 200, body: '{"prediction":10}' });
    expect(await stopped).toBe('drained');
    await running[Symbol.asyncDispose]();
  });

  it('sends a large answer to its last byte to a client that reads slowly, and refuses others meanwhile', async () => {
    const running = await run({});
    // More than the buffers of both ends of a connection hold, so that the server has to wait for the client.
    const rows = 150_000;
    const body = `{"features":[${'[5.1,3.5,1.4,0.2],'.repeat(rows - 1)}[5.1,3.5,1.4,0.2]]}`;
    const text = await new Promise<string>((resolve, reject) => {
      const path = '/models/iris/predict?probabilities=all';
      const request = httpRequest(running.url + path, { method: 'POST', agent: new Agent() });
      request.on('error', reject).end(body);
      request.on('response', async (response) => {
        response.on('error', reject);
        const stopped = running.gateway.stop();
        while ((await askOnce(running)) !== 503); // before the stop has got so far
        expect([await askOnce(running), await askOnce(running)]).toEqual([503, 503]);
        const chunks: Buffer[] = [];
        for await (const chunk of response) {
          if (chunks.length < 20) await new Promise((next) => setTimeout(next, 5));
          chunks.push(chunk);
        }
        expect(await stopped).toBe('drained');
        resolve(Buffer.concat(chunks).toString());
      });
    });
    expect(text.length).toBeGreaterThan(10_000_000);
    expect(text.match(/"prediction":0/g)).toHaveLength(rows);
    expect(text.endsWith('}}]}')).toBe(true);
    await running[Symbol.asyncDispose]();
  });

  it('cuts off what still runs at the drain limit', async () => {
    const running = await run({ SWITCHYARD_DRAIN_TIMEOUT_MS: '1' });
    using busy = await RawConnection.open(running.url);
    busy.post('/models/slow/predict', JSON.stringify(ROW));
    await inFlight(running);
    expect(await running.gateway.stop()).toBe('cut-off');
    await expect(busy.answer()).rejects.toThrow('closed');
    await running[Symbol.asyncDispose]();
  });

  it('does not wait for connections that ask nothing', async () => {
    const running = await run({});
    using silent = await RawConnection.open(running.url);
    using halfway = await RawConnection.open(running.url);
    halfway.write('POST /predict HTTP/1.1\r\nhost: te');
    const startedAt = performance.now();
    expect(await running.gateway.stop()).toBe('drained');
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    await silent.closed();
    await running[Symbol.asyncDispose]();
  });

  it('is the same stop when asked twice', async () => {
    const running = await run({});
    expect(running.gateway.stop()).toBe(running.gateway.stop());
    await running[Symbol.asyncDispose]();
  });
});
