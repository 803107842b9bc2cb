import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RowAnswer } from '../models/bench-model.ts';
import { findFreePort } from '../processes/free-port.ts';
import type { Target } from './target.ts';

const MODEL = 'model';

interface InferAnswer {
  readonly outputs: readonly { readonly name: string; readonly data: readonly number[] }[];
}

/** The Open Inference Protocol with JSON. MLServer answers predictions alone unless asked for more, which is not done. */
const inferProtocol: Pick<Target, 'ask' | 'read'> = {
  ask: (_model, rows) => ({
    path: `/v2/models/${MODEL}/infer`,
    contentType: 'application/json',
    body: JSON.stringify({
      inputs: [{ name: 'X', shape: [rows.length, rows[0]!.length], datatype: 'FP32', data: rows.flat() }],
    }),
  }),
  read: (body): RowAnswer[] => {
    const { outputs } = JSON.parse(Buffer.from(body).toString()) as InferAnswer;
    return outputs[0]!.data.map((prediction) => ({ prediction, probability: null }));
  },
};

function mlserver(name: string, title: string, batching: Readonly<Record<string, number>>): Target {
  return {
    ...inferProtocol,
    name,
    title,
    needs: 'mlserver',
    server: name,
    answersModel: true,
    keepsCache: false,
    start: async ({ port, model, scratch, environments }) => {
      const folder = join(scratch, MODEL);
      mkdirSync(folder, { recursive: true });
      const settings = {
        host: '127.0.0.1',
        http_port: port,
        grpc_port: await findFreePort(),
        metrics_port: await findFreePort(),
      };
      writeFileSync(join(scratch, 'settings.json'), JSON.stringify(settings));
      writeFileSync(
        join(folder, 'model-settings.json'),
        JSON.stringify({
          name: MODEL,
          implementation: 'mlserver_sklearn.SKLearnModel',
          parameters: { uri: join(model.directory, 'model.joblib') },
          ...batching,
        }),
      );
      return { command: [join(environments.mlserver, 'mlserver'), 'start', scratch] };
    },
  };
}

export const mlserverDefault = mlserver('mlserver', 'MLServer', {});

/** A batch is full when every connection of the load waits in it. */
export const mlserverBatching = mlserver('mlserver-batching', 'MLServer, adaptive batching', {
  max_batch_size: 32,
  max_batch_time: 0.005,
});
