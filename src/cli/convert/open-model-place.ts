import { mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { ArtifactCache } from '../../artifacts/artifact-cache.ts';
import type { Config } from '../../config.ts';
import { GatewayError } from '../../errors.ts';
import { createFittedFormat } from '../../formats/fitted/fitted-format.ts';
import { createArtifactSources, createRegistry } from '../../gateway-adapters.ts';
import { isFittedModelName } from '../../model/model-file-name.ts';
import { parseModelUri } from '../../model/model-uri.ts';

/** For a registry or store that does not answer. */
const PATIENCE_MS = 300_000;

/** Endings that name a model only where somebody says that it is one: XGBoost's JSON, LightGBM's text. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['.json', '.ubj'],
  ['.txt', '.lgb'],
]);

/** A model directory; what was made for it is removed at the end of the scope. */
export interface ModelPlace extends AsyncDisposable {
  readonly directory: string;
}

/**
 * The model that a path or a `models:/` URI names, as a directory.
 *
 * @param load reads the settings, for a URI.
 * @throws GatewayError that names what is wrong with it.
 */
export async function openModelPlace(model: string, load: () => Config): Promise<ModelPlace> {
  await using cleanup = new AsyncDisposableStack();
  const directory = model.startsWith('models:/')
    ? await fetchVersion(model, load(), cleanup)
    : await localDirectory(model, cleanup);
  const held = cleanup.move();
  return { directory, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

async function localDirectory(model: string, cleanup: AsyncDisposableStack): Promise<string> {
  const path = resolve(model);
  const stats = await stat(path).catch(() => null);
  if (stats === null) {
    const hint = model.includes(':/')
      ? '; of URIs, models:/NAME/STAGE, models:/NAME@ALIAS and models:/NAME/VERSION are taken'
      : '';
    throw new GatewayError('INVALID_MODEL', `there is no file or directory "${path}"${hint}`);
  }
  if (stats.isDirectory()) return path;
  const ending = ALIASES.get(extname(path)) ?? extname(path);
  if (!isFittedModelName(`model${ending}`)) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `"${path}" is no model file that can be converted: its name tells the format (.skops, .pkl, .ubj, .json, .lgb, .txt)`,
    );
  }
  // Alone in a directory, whatever lies beside it.
  const directory = await temporaryDirectory(cleanup);
  await symlink(path, join(directory, `model${ending}`));
  return directory;
}

async function fetchVersion(text: string, config: Config, cleanup: AsyncDisposableStack): Promise<string> {
  const uri = parseModelUri(text);
  if (uri.name === '*') throw new GatewayError('INVALID_SETTING', 'name one model; "*" stands for many');
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const registry = createRegistry(config);
  cleanup.defer(() => registry.close());
  const state = await registry.read(uri, signal);
  if (state.outcome === 'absent') throw new GatewayError('MODEL_NOT_FOUND', state.reason);
  if (state.outcome === 'failed') throw state.error;
  const { version } = state;
  const sources = createArtifactSources(config, () => {});
  cleanup.defer(async () => {
    await Promise.all(sources.map((source) => source.close()));
  });
  const cacheDirectory = await temporaryDirectory(cleanup);
  const cache = await ArtifactCache.open({
    directory: cacheDirectory,
    maxBytes: Number.POSITIVE_INFINITY,
    sources,
  });
  cleanup.defer(() => cache.close());
  const format = createFittedFormat({ maxThreads: 1, timeoutMs: PATIENCE_MS });
  const rules = {
    locate: (abort: AbortSignal) => registry.locate(version, abort),
    accept: (...[mlmodel, paths]: Parameters<typeof format.claims>) => {
      if (format.claims(mlmodel, paths)) return;
      const flavors = Object.keys(mlmodel?.flavors ?? {}).join(', ') || 'none';
      throw new GatewayError(
        'UNSUPPORTED_MODEL',
        `version ${version.version} of "${version.name}" is nothing to convert: its flavours are ${flavors}`,
      );
    },
    missingFiles: (directory: string) => format.missingFiles(directory),
  };
  return (await cache.ensure(version, rules, signal)).directory;
}

async function temporaryDirectory(cleanup: AsyncDisposableStack): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'switchyard-convert-'));
  cleanup.defer(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
