import type { FollowedModel } from '../lifecycle/model-policy.ts';
import { EVERY_PRODUCTION_MODEL, isUsableName, NAME_RULE, readFollowedModels } from './followed-models.ts';
import type { RegistryChoice } from './registry-choice.ts';
import type { SettingParser } from './setting-parsers.ts';
import type { SettingReader } from './setting-reader.ts';

const MOUNTED_MODEL = 'model';

const routeName: SettingParser<string> = {
  allowed: NAME_RULE,
  parse: (value) => (typeof value === 'string' && isUsableName(value) ? value : undefined),
};

/**
 * What is followed in the registry, and under which routes: `SWITCHYARD_MODELS`, or the model of a mounted directory
 * under its name, or every model with a `Production` version. What does not fit together is reported to `reader`.
 */
export function readServedModels(reader: SettingReader, registry: RegistryChoice): readonly FollowedModel[] {
  const followed = readFollowedModels(reader);
  const name = readModelName(reader, registry);
  if (registry.kind !== 'model-directory') return followed ?? mountedModels(registry, name);
  const served = name ?? MOUNTED_MODEL;
  const uri = { ...EVERY_PRODUCTION_MODEL.uri, name: served };
  if (followed === null) return [{ ...EVERY_PRODUCTION_MODEL, uri, route: served }];
  const given = reader.given('SWITCHYARD_MODELS');
  const fits = followed.length <= 1 && followed.every((entry) => entry.uri.name === served);
  if (given !== null && !fits) {
    reader.report(
      given,
      `${registry.decidedBy} serves one directory as "${served}", so no other model can be named; unset one of them`,
    );
  }
  return followed;
}

/** A mounted directory of `NAME/VERSION/…` that has one model has it under any name that is given. */
function mountedModels(registry: RegistryChoice, name: string | null): readonly FollowedModel[] {
  const names = registry.kind === 'directory' ? (registry.mountedNames ?? []) : [];
  const [only] = names;
  if (only === undefined || names.length > 1) return [EVERY_PRODUCTION_MODEL];
  const uri = { ...EVERY_PRODUCTION_MODEL.uri, name: only };
  return [{ ...EVERY_PRODUCTION_MODEL, uri, route: name ?? only }];
}

/** The name for the one model of a mounted directory; reported where there is no such model. */
function readModelName(reader: SettingReader, registry: RegistryChoice): string | null {
  const given = reader.given('SWITCHYARD_MODEL_NAME');
  if (given === null) return null;
  const name = reader.parse(given, routeName);
  const names = registry.kind === 'directory' ? registry.mountedNames : undefined;
  if (registry.kind !== 'model-directory' && names === undefined) {
    reader.report(
      given,
      'names the model of a mounted directory, and none is followed; set SWITCHYARD_MODEL_DIR, or name models of a registry with SWITCHYARD_MODELS=ROUTE=models:/…',
    );
  } else if (names !== undefined && names.length > 1 && name !== null && !names.includes(name)) {
    reader.refuse(
      given,
      `the mounted directory has several models, which keep their names (${names.join(', ')}); allowed: one of them`,
    );
  }
  return name;
}
