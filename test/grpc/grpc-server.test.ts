import { once } from 'node:events';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { runGateway } from '../running-gateway.ts';
import { freePort } from './free-port.ts';
import { GrpcTestClient } from './grpc-client.ts';

const PAIRS = resolve(import.meta.dirname, '../fixtures/tls');
const TLS = {
  SWITCHYARD_TLS_CERT_FILE: resolve(PAIRS, 'first.crt'),
  SWITCHYARD_TLS_KEY_FILE: resolve(PAIRS, 'first.key'),
};

describe('the gRPC port', () => {
  it('tells the health of the server and of each model', async () => {
    await using running = await runGateway({ SWITCHYARD_GRPC_PORT: '0' });
    await running.serving('iris');
    await running.ready();
    using client = new GrpcTestClient(running.gateway.grpcAddress!);
    for (const service of ['', 'inference.GRPCInferenceService', 'iris'])
      expect((await client.call('Check', { service })).value).toEqual({ status: 'SERVING' });
    await expect(client.call('Check', { service: 'rose' })).rejects.toMatchObject({ code: status.NOT_FOUND });
  });

  it('tells watchers when the server stops, and ends', async () => {
    const running = await runGateway({ SWITCHYARD_GRPC_PORT: '0' });
    await running.ready();
    using client = new GrpcTestClient(running.gateway.grpcAddress!);
    const watch = client.watch('Watch', {});
    const seen: unknown[] = [];
    watch.on('data', (value) => seen.push(value));
    await running.until(() => seen.length === 1);
    const ended = once(watch, 'end');
    await running[Symbol.asyncDispose]();
    await ended;
    expect(seen).toEqual([{ status: 'SERVING' }, { status: 'NOT_SERVING' }]);
  });

  it('can be the main port, beside HTTP', async () => {
    const port = await freePort();
    await using running = await runGateway({ PORT: port, SWITCHYARD_GRPC_PORT: port });
    await running.ready();
    expect(running.gateway.grpcAddress).toBe(`127.0.0.1:${port}`);
    using client = new GrpcTestClient(running.gateway.grpcAddress!);
    const answers = await Promise.all([
      client.call('Check', {}).then(({ value }) => value),
      running.post('/predict', { features: [5.1, 3.5, 1.4, 0.2] }).then((response) => response.json()),
    ]);
    expect(answers).toEqual([{ status: 'SERVING' }, expect.objectContaining({ prediction: 0 })]);
  });

  it('does not keep connections that end without a byte', async () => {
    const port = await freePort();
    await using running = await runGateway({ PORT: port, SWITCHYARD_GRPC_PORT: port });
    await running.ready();
    const probe = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
    await once(probe, 'connect');
    const closed = once(probe.resume(), 'end');
    probe.end();
    await closed;
  });

  it.each(['a port of its own', 'the main port'])('speaks TLS on %s', async (where) => {
    const port = where === 'the main port' ? await freePort() : '0';
    await using running = await runGateway({ PORT: port, SWITCHYARD_GRPC_PORT: port, ...TLS });
    await running.ready();
    using client = new GrpcTestClient(running.gateway.grpcAddress!.replace('127.0.0.1', 'localhost'), {
      tls: true,
    });
    expect((await client.call('Check', {})).value).toEqual({ status: 'SERVING' });
  });
});
