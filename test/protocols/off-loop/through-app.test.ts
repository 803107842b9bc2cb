import type { Hono } from 'hono';
import { afterAll, describe, expect, it } from 'vitest';
import { Admission } from '../../../src/http/admission.ts';
import { BodyReader } from '../../../src/http/body-reader.ts';
import type { HttpEnv } from '../../../src/http/http-env.ts';
import { callOfContext, toResponse } from '../../../src/http/model-call.ts';
import { createModelHandler } from '../../../src/http/model-handler.ts';
import { RequestDeadlines } from '../../../src/http/request-deadlines.ts';
import { RouteTable } from '../../../src/http/route-table.ts';
import { PhaseHolder } from '../../../src/http/serving-phase.ts';
import type { ServedModels } from '../../../src/lifecycle/served-models.ts';
import type { Signature } from '../../../src/model/signature.ts';
import type { Tensor } from '../../../src/model/tensor.ts';
import type { RequestRecorder } from '../../../src/observability/request-recorder.ts';
import type { LargeBodies } from '../../../src/protocols/large-bodies.ts';
import { LARGE_BODY_BYTES, OffLoopBodies } from '../../../src/protocols/off-loop/off-loop-bodies.ts';
import { createPredictProtocol } from '../../../src/protocols/predict/routes.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';
import { NUMBERS, TABLE } from './predict-signatures.ts';

const LIMITS = { maxBodyBytes: 2 ** 26, bodyTimeoutMs: 60_000, maxBufferedBytes: 2 ** 28 };

/** The outputs are the inputs: what was decoded shows in the answer. */
function echo(signature: Signature, inputs: readonly Tensor[], rows: number): readonly Tensor[] {
  if (signature === TABLE) {
    return [...inputs, { type: 'float16', dims: [rows, 2], data: new Uint16Array(2 * rows).fill(0x7c00) }];
  }
  const labels = BigInt64Array.from({ length: rows }, (_, row) => 2n ** 62n + BigInt(row));
  return [{ type: 'int64', dims: [rows], data: labels }, inputs[0]!];
}

const ALL_HERE: LargeBodies = {
  claim: () => null,
  isLargeAnswer: () => false,
  encode: () => Promise.reject(new Error('not asked')),
};

const bodies = new BodyReader(LIMITS);
const offLoop = new OffLoopBodies({ maxClaimedBytes: 2 ** 28, memoryMaxBytes: Number.POSITIVE_INFINITY });
afterAll(async () => {
  bodies.close();
  await offLoop.close();
});

function appOver(largeBodies: LargeBodies): Hono<HttpEnv> {
  const log = new MemoryLog();
  const phase = new PhaseHolder();
  const signatures: Readonly<Record<string, Signature>> = { numbers: NUMBERS, table: TABLE };
  const lease = (model: string | null) => {
    const signature = signatures[model!]!;
    const servable = {
      version: { name: model, version: '7', runId: null },
      signature,
      admit: () => {},
      infer: async (inputs: readonly Tensor[], rows: number) => ({
        outputs: echo(signature, inputs, rows),
        timings: { queueMs: 0, inferMs: 0 },
      }),
    };
    return { route: model, lease: { servable, [Symbol.dispose]: () => {} } };
  };
  const routes = new RouteTable(phase, log);
  const protocol = createPredictProtocol(largeBodies);
  for (const route of protocol.routes) {
    const handler = createModelHandler(protocol, route, {
      service: { lease, configuredRoute: () => '' } as unknown as ServedModels,
      bodies,
      admission: new Admission(8),
      phase,
      recorder: { record: () => {} } as unknown as RequestRecorder,
      onRejected: () => {},
      log,
      deadlines: new RequestDeadlines(60_000),
    });
    routes.addRaw('POST', route.path, async (context) => toResponse(await handler(callOfContext(context))));
  }
  return routes.finish();
}

const here = appOver(ALL_HERE);
const there = appOver(offLoop);

async function answerOf(app: Hono<HttpEnv>, path: string, body: Uint8Array<ArrayBuffer>): Promise<unknown> {
  const response = await app.request(path, { method: 'POST', body, headers: { 'x-request-id': 'id' } });
  const { 'server-timing': _, ...headers } = Object.fromEntries(response.headers);
  return { status: response.status, headers, text: await response.text() };
}

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const rows = (row: string, last: string, count = 130_000) =>
  bytes(`{"features":[${`${row},`.repeat(count)}${last}]}`);

const NUMBER_ROW = '[0.25,null]';
const TABLE_ROW = '[9223372036854775807,"Łódź"]';

describe('a large body through the app', () => {
  it.each([
    ['numbers and NaN', 'numbers', rows(NUMBER_ROW, '[1e-7,-0]'), 200],
    ['rows by name', 'numbers', rows('{"length":1,"width":true}', '{"width":2,"length":9e15}', 60_000), 200],
    ['64-bit integers and texts', 'table', rows(TABLE_ROW, '[-9007199254740993.0,"🗼"]', 50_000), 200],
    ['a byte order mark', 'numbers', bytes(`\ufeff${Buffer.from(rows(NUMBER_ROW, '[1,2]'))}`), 200],
    ['one row behind much space', 'numbers', bytes(`{"features":[1,${' '.repeat(2 ** 20)}2]}`), 200],
    ['a misspelt column', 'numbers', rows('{"width":1,"length":2}', '{"widht":1,"length":2}', 60_000), 400],
    ['very many problems', 'numbers', rows('["a",1e400,3]', '[1]'), 400],
    ['a row too long at the end', 'numbers', rows(NUMBER_ROW, '[1,2,3]'), 400],
    ['an integer out of 64 bits', 'table', rows(TABLE_ROW, '[9223372036854775808,"a"]', 50_000), 400],
    ['half a surrogate pair', 'table', rows(TABLE_ROW, '[1,"\\ud83d"]', 50_000), 400],
    ['broken JSON', 'numbers', rows(NUMBER_ROW, '[1,2'), 400],
    ['NaN as no JSON has it', 'numbers', rows(NUMBER_ROW, '[NaN,1]'), 400],
    ['bytes that are not UTF-8', 'numbers', new Uint8Array(2 ** 21).fill(0xff), 400],
    ['nothing but lists in lists', 'numbers', bytes(`${'['.repeat(600_000)}${']'.repeat(600_000)}`), 400],
  ])('is answered as if it were decoded here: %s', async (_name, model, body, status) => {
    expect(body.byteLength).toBeGreaterThan(LARGE_BODY_BYTES);
    const path = `/models/${model}/predict`;
    const expected = await answerOf(here, path, body);
    expect(expected).toMatchObject({ status });
    expect(await answerOf(there, path, body)).toEqual(expected);
  });

  it('is left whole for its sender', async () => {
    const body = rows(NUMBER_ROW, '[1,2]');
    await answerOf(there, '/models/numbers/predict', body);
    expect(body.byteLength).toBeGreaterThan(LARGE_BODY_BYTES);
  });
});

describe('a small body with a large answer', () => {
  it('is answered as if it were encoded here', async () => {
    const body = rows('[1,2]', '[null,-0.5]', 40_000);
    expect(body.byteLength).toBeLessThan(LARGE_BODY_BYTES);
    const path = '/models/numbers/predict?probabilities=all';
    expect(await answerOf(there, path, body)).toEqual(await answerOf(here, path, body));
  });
});
