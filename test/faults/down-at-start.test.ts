import { rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { runGateway, temporaryFolder } from '../running-gateway.ts';
import { FaultyProxy } from './faulty-proxy.ts';
import { MlflowStandIn } from './mlflow-stand-in.ts';

const ROW = { features: [5.1, 3.5, 1.4, 0.2] };

describe('a registry that is down at the start', () => {
  it('keeps a gateway without a cache unready but alive, and is followed when it comes', async () => {
    const standIn = await MlflowStandIn.start();
    standIn.promote('iris', await standIn.register('iris', 'iris/1'));
    const proxy = await FaultyProxy.start(standIn.uri);
    await proxy.goDown();
    {
      await using running = await runGateway(environmentOf(proxy));
      await running.gateway.firstPoll;
      expect((await fetch(`${running.url}/livez`)).status).toBe(200);
      const unready = await fetch(`${running.url}/readyz`);
      expect([unready.status, await unready.json()]).toEqual([
        503,
        { ready: false, reason: expect.stringMatching(/"iris" does not serve yet: cannot reach MLflow at/) },
      ]);
      const refused = await running.post('/predict', ROW);
      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).toBe('1');
      await proxy.comeBack();
      await running.ready();
      expect((await running.post('/predict', ROW)).status).toBe(200);
    }
    await proxy.close();
    await standIn.close();
  });

  it('does not keep a gateway from what its cache has', async () => {
    const cache = await temporaryFolder();
    const standIn = await MlflowStandIn.start();
    standIn.promote('iris', await standIn.register('iris', 'iris/1'));
    const proxy = await FaultyProxy.start(standIn.uri);
    const environment = { ...environmentOf(proxy), SWITCHYARD_CACHE_DIR: cache };
    {
      await using running = await runGateway(environment);
      await running.ready();
    }
    await proxy.goDown();
    {
      await using running = await runGateway(environment);
      await running.ready();
      const answer = await running.post('/predict', ROW);
      expect([answer.status, answer.headers.get('x-model-version')]).toEqual([200, '1']);
      expect(running.gateway.service.status('iris').lastError).toMatchObject({
        code: 'REGISTRY_UNAVAILABLE',
      });
      const next = await standIn.register('iris', 'iris/2');
      standIn.promote('iris', next);
      await proxy.comeBack();
      await running.until(() => running.gateway.service.status('iris').current?.version === String(next));
    }
    await proxy.close();
    await standIn.close();
    await rm(cache, { recursive: true });
  });
});

function environmentOf(proxy: FaultyProxy) {
  return {
    SWITCHYARD_REGISTRY_DIR: '',
    MLFLOW_TRACKING_URI: proxy.uri,
    SWITCHYARD_MODELS: 'models:/iris/Production',
  };
}
