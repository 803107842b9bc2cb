import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { EVERY_PRODUCTION_MODEL } from '../config/followed-models.ts';
import type { Config } from '../config.ts';
import { createOnnxEngine } from '../engine/onnx-engine.ts';
import { loadRuntime } from '../engine/onnx-session.ts';
import { GatewayError, messageOf } from '../errors.ts';
import { createModels } from '../gateway-models.ts';
import { EngineLoader } from '../lifecycle/engine-loader.ts';
import { parseModelUri } from '../model/model-uri.ts';
import { combineEvents } from '../observability/combine-events.ts';
import { createLog } from '../observability/log.ts';
import { describeModel } from '../openapi/described-model.ts';
import { typeDeclarations } from '../openapi/type-declarations.ts';

/** Loading is bounded by the settings; this is for a registry that does not answer. */
const PATIENCE_MS = 300_000;
const ROUTE = 'model';

/**
 * `switchyard types URI`: prints TypeScript types of what a model takes and answers.
 *
 * @param load reads the settings, as `serve` does. @throws GatewayError INVALID_SETTING.
 * @param print writes to stdout. Mistakes go to stderr, with exit code 1.
 */
export function typesCommand(
  load: (configFile: string | undefined) => Config,
  print: (text: string) => void,
): Command {
  const command = new Command('types')
    .description('print TypeScript types of what a model takes and answers')
    .argument('<uri>', 'models:/NAME/STAGE, models:/NAME@ALIAS, models:/NAME/VERSION or models:/NAME/latest')
    .option('--config <file>', 'YAML file with settings, as of "serve"')
    .action(async (uri: string, options: { readonly config?: string }) => {
      try {
        print(await typesOf(uri, load(options.config)));
      } catch (error) {
        command.error(`error: ${messageOf(error)}`, { exitCode: 1 });
      }
    });
  return command;
}

/** Fetches and tries the version as a start of the gateway would, in a cache of its own that is removed afterwards. */
async function typesOf(text: string, settings: Config): Promise<string> {
  const uri = parseModelUri(text);
  if (uri.name === '*') throw new GatewayError('INVALID_SETTING', 'name one model; "*" stands for many');
  await using cleanup = new AsyncDisposableStack();
  const cacheDir = await mkdtemp(join(tmpdir(), 'switchyard-types-'));
  cleanup.defer(() => rm(cacheDir, { recursive: true, force: true }));
  const config: Config = {
    ...settings,
    cacheDir,
    verdictTags: false,
    models: [{ ...EVERY_PRODUCTION_MODEL, uri, route: ROUTE }],
    defaultModel: { kind: 'none' },
  };
  await loadRuntime();
  const engine = createOnnxEngine({ threads: 1 });
  cleanup.defer(() => engine.close());
  const log = createLog({ level: 'silent', format: 'json', fileDescriptor: 2 });
  const inferences = new EngineLoader({ engine, onBatch: () => {} });
  const { service } = await createModels({
    config,
    log,
    inferences,
    isEngineHealthy: () => engine.isHealthy,
    events: combineEvents([]),
    cleanup,
  });
  cleanup.defer(() => service.stop());
  await service.start();
  await service.settled(AbortSignal.timeout(PATIENCE_MS));
  const { ready, lastError } = service.status(ROUTE);
  if (!ready) {
    const readiness = service.readiness();
    throw new GatewayError(
      'MODEL_NOT_READY',
      lastError?.message ?? (readiness.ready ? '' : readiness.reason),
    );
  }
  return typeDeclarations({ ...describeModel(service, ROUTE), route: uri.name });
}
