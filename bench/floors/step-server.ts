import { createServer, type IncomingMessage } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { type Context, Hono } from 'hono';

/**
 * Servers that differ by one step, to see what that step costs. All read a body, parse it and answer a constant.
 * Run: node step-server.ts PORT STEP
 */
const ANSWER = JSON.stringify({ prediction: 0, probability: 0.9999995827674866 });
const TYPE = { 'content-type': 'application/json' };
const ANSWER_HEADERS = {
  ...TYPE,
  'x-request-id': '0123456789abcdef0123456789abcdef',
  'x-model-name': 'iris',
  'x-model-version': '1',
  'server-timing': 'parse;dur=0.010, queue;dur=0.012, infer;dur=0.045, encode;dur=0.003',
};

type Step = 'node' | 'headers' | 'router' | 'router-body';
type Env = { Bindings: { incoming: IncomingMessage } };

const [port, step] = process.argv.slice(2) as [string, Step];
const server =
  step === 'node' || step === 'headers'
    ? bareServer(step === 'node' ? TYPE : ANSWER_HEADERS)
    : routedServer(step === 'router' ? readIncoming : readRequest);
server.listen(Number(port), '127.0.0.1');

function bareServer(headers: Readonly<Record<string, string>>) {
  return createServer(async (incoming, outgoing) => {
    JSON.parse(await textOf(incoming));
    outgoing.writeHead(200, { ...headers, 'content-length': ANSWER.length });
    outgoing.end(ANSWER);
  });
}

function routedServer(read: (context: Context<Env>) => Promise<unknown>) {
  const app = new Hono<Env>();
  app.post('/predict', async (context) => {
    await read(context);
    return new Response(ANSWER, { headers: TYPE });
  });
  return createServer(getRequestListener(app.fetch as never, { overrideGlobalObjects: true }));
}

async function readIncoming(context: Context<Env>): Promise<unknown> {
  return JSON.parse(await textOf(context.env.incoming));
}

async function readRequest(context: Context<Env>): Promise<unknown> {
  return context.req.json();
}

function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => resolve(Buffer.concat(chunks).toString()));
  return promise;
}
