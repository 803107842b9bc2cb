import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { predictProtocol } from './predict-protocol.ts';
import type { ServerCommand, StartContext, Target } from './target.ts';

/** One gateway with one model, as a team would start it, with an empty cache. */
function startGateway({ port, model, scratch, entry }: StartContext): ServerCommand {
  const cache = join(scratch, 'cache');
  mkdirSync(cache, { recursive: true });
  return {
    command: [process.execPath, entry, 'serve', '--port', String(port)],
    environment: {
      SWITCHYARD_REGISTRY_DIR: model.registry,
      SWITCHYARD_MODELS: `models:/${model.name}/Production`,
      SWITCHYARD_CACHE_DIR: cache,
    },
  };
}

/** Its own protocol. Another protocol of the gateway is another target with the same `server`. */
export const switchyardPredict: Target = {
  ...predictProtocol({ single: '/predict', many: '/predict' }),
  name: 'switchyard',
  title: 'Switchyard /predict',
  needs: null,
  server: 'switchyard',
  answersModel: true,
  keepsCache: true,
  start: startGateway,
};
