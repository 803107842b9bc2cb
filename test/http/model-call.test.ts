import { describe, expect, it } from 'vitest';
import { callOfContext } from '../../src/http/model-call.ts';
import { RouteTable } from '../../src/http/route-table.ts';
import { PhaseHolder } from '../../src/http/serving-phase.ts';
import { MemoryLog } from '../fakes/memory-log.ts';

describe('callOfContext', () => {
  const table = new RouteTable(new PhaseHolder(), new MemoryLog());
  for (const path of [
    '/models/:model/predict',
    '/v9/:model:predict',
    '/v9/:model/versions/:version:predict',
    '/predict',
  ]) {
    table.add('POST', path, (context) => new Response(JSON.stringify(callOfContext(context).model)));
  }
  const app = table.finish();

  it.each([
    ['/models/iris/predict', 'iris'],
    // MLflow 2 has models with a colon, or a slash, in their name.
    ['/models/c%3Ad/predict', 'c:d'],
    ['/models/a%2Fb/predict', 'a/b'],
    ['/v9/iris:predict', 'iris'],
    ['/v9/c:d:predict', 'c:d'],
    ['/v9/iris/versions/2:predict', 'iris'],
    ['/predict', null],
  ])('%s is for the model %j', async (path, model) => {
    const response = await app.request(path, { method: 'POST' });
    expect(await response.json()).toBe(model);
  });
});
