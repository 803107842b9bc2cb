import { GatewayError } from '../errors.ts';
import type { FollowedModel } from '../lifecycle/model-policy.ts';
import { formatModelUri, type ModelUri, parseModelUri } from '../model/model-uri.ts';
import { type Precision, parsePrecision } from '../model/precision.ts';
import { readCrossCheck } from './cross-check-setting.ts';
import { flag, hasControlCharacters, oneOf, type SettingParser, splitList } from './setting-parsers.ts';
import { showValue } from './setting-problems.ts';
import { fieldOf, type GivenValue, type SettingReader } from './setting-reader.ts';
import { suggestName } from './suggest-name.ts';

const DEFAULTS = {
  batching: true,
  signature: 'compatible',
  placement: 'auto',
  crossCheck: null,
  invocations: null,
  precision: 'double',
} as const;
const KEYS = ['uri', 'route', 'batching', 'signature', 'placement', 'crossCheck', 'invocations', 'precision'];
const PRECISION: SettingParser<Precision> = { allowed: '"float64" or "float32"', parse: parsePrecision };
const FORM =
  'write [ROUTE=]models:/NAME/STAGE, models:/NAME@ALIAS, models:/NAME/VERSION or models:/NAME/latest';

/** The entry that follows every model with a `Production` version; in force when no model is named. */
export const EVERY_PRODUCTION_MODEL: FollowedModel = {
  uri: { name: '*', pointer: { kind: 'stage', stage: 'Production' } },
  route: null,
  ...DEFAULTS,
};

/**
 * Reads `SWITCHYARD_MODELS`; what is wrong is reported to `reader`, two explicit pointers on one route included.
 *
 * @returns the entries in the order given, without the wrong ones; `null` if the setting is unset.
 */
export function readFollowedModels(reader: SettingReader): readonly FollowedModel[] | null {
  const given = reader.given('SWITCHYARD_MODELS');
  if (given === null) return null;
  const entries = typeof given.value === 'string' ? splitList(given.value) : given.value;
  if (!Array.isArray(entries) || entries.length === 0) {
    reader.refuse(given, 'allowed: a list of one model or more');
    return [];
  }
  const inYamlList = typeof given.value !== 'string';
  const models: FollowedModel[] = [];
  entries.forEach((value: unknown, index) => {
    const place = inYamlList ? elementOf(given, index) : given;
    const model = readEntry({ ...place, value }, inYamlList, reader);
    if (model !== null) models.push(model);
  });
  reportSharedRoutes(given, models, reader);
  return models;
}

/** `models:/…`, with its route in front if that is not the model's name, as the setting is written. */
export function formatFollowedModel(model: FollowedModel): string {
  const { uri, route } = model;
  const text = formatModelUri(uri);
  return route === null || route === uri.name ? text : `${route}=${text}`;
}

function readEntry(given: GivenValue, inYamlList: boolean, reader: SettingReader): FollowedModel | null {
  if (given.value instanceof Map) return readObject(given, given.value, reader);
  if (typeof given.value !== 'string') {
    reader.refuse(given, `${FORM}, or a mapping with ${KEYS.join(', ')}`);
    return null;
  }
  const text = given.value.trim();
  if (!inYamlList && !/^([^=]*=(?=models:\/))?[^=]*$/.test(text)) {
    reader.refuse(given, `${FORM}; names with a comma or "=" need the YAML form`);
    return null;
  }
  const split = text.startsWith('models:/') ? -1 : text.lastIndexOf('=models:/');
  const route = split < 0 ? null : text.slice(0, split).trim();
  return select(given, { uri: text.slice(split + 1), route, ...DEFAULTS }, reader);
}

function readObject(
  given: GivenValue,
  object: ReadonlyMap<unknown, unknown>,
  reader: SettingReader,
): FollowedModel | null {
  for (const key of object.keys()) {
    const place = fieldOf(given, String(key));
    if (!KEYS.includes(String(key))) {
      reader.report(place, `there is no such key${suggestName(String(key), KEYS)}`);
    }
  }
  const field = <T>(key: string, parser: SettingParser<T>): T | null => {
    const value = object.get(key) ?? null;
    return value === null ? null : reader.parse({ ...fieldOf(given, key), value }, parser);
  };
  const options = {
    batching: field('batching', flag) ?? DEFAULTS.batching,
    signature: field('signature', oneOf(['compatible', 'any'])) ?? DEFAULTS.signature,
    placement: field('placement', oneOf(['auto', 'inline', 'worker'])) ?? DEFAULTS.placement,
    invocations: field('invocations', oneOf(['predictions', 'records'])) ?? DEFAULTS.invocations,
    precision: field('precision', PRECISION) ?? DEFAULTS.precision,
  };
  const name: SettingParser<string> = {
    allowed: 'a text (numbers in quotes)',
    parse: (value) => (typeof value === 'string' ? value.trim() : undefined),
  };
  const route = field('route', name);
  const uri = field('uri', name);
  if ((object.get('uri') ?? null) === null) reader.report(given, 'the key "uri" is missing');
  const model = uri === null ? null : select(given, { uri, route, ...options, crossCheck: null }, reader);
  const place = { ...fieldOf(given, 'crossCheck'), value: object.get('crossCheck') ?? null };
  const crossCheck = readCrossCheck(place, model?.uri ?? null, reader);
  return model === null ? null : { ...model, crossCheck };
}

function select(
  given: GivenValue,
  entry: Omit<FollowedModel, 'uri'> & { readonly uri: string },
  reader: SettingReader,
): FollowedModel | null {
  let uri: ModelUri;
  try {
    uri = parseModelUri(entry.uri);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    reader.report(given, error.message);
    return null;
  }
  const isWildcard = uri.name === '*';
  if (isWildcard && entry.route !== null) {
    reader.report(given, `"${entry.uri}" names many models, so it takes no route ("${entry.route}")`);
    return null;
  }
  const route = isWildcard ? null : (entry.route ?? uri.name);
  for (const [what, name] of [
    ['route', route ?? uri.name],
    ['model name', uri.name],
  ] as const) {
    if (isUsableName(name)) continue;
    reader.report(given, `${what} ${showValue(name)} cannot be part of a path; allowed: ${NAME_RULE}`);
    return null;
  }
  return { ...entry, uri, route };
}

/** What a name that is part of paths may be. */
export const NAME_RULE = 'a text that is not empty, "." or "..", without "/" and control characters';

/** Whether a name can be part of a path: `.` and `..` would be resolved away, a lone surrogate cannot be encoded. */
export function isUsableName(name: string): boolean {
  if (name === '' || name === '.' || name === '..') return false;
  return !name.includes('/') && !hasControlCharacters(name) && name.isWellFormed();
}

function reportSharedRoutes(
  given: GivenValue,
  models: readonly FollowedModel[],
  reader: SettingReader,
): void {
  const byRoute = Map.groupBy(models, ({ route }) => route);
  for (const [route, sharing] of byRoute) {
    if (route === null || sharing.length === 1) continue;
    const names = sharing.map((model) => `"${formatFollowedModel(model)}"`).join(' and ');
    reader.report(given, `${names} share the route "${route}"; give each its own with ROUTE=models:/…`);
  }
}

function elementOf(given: GivenValue, index: number): GivenValue {
  return { ...given, label: `models[${index}]${afterKey(given)}`, pointer: `${given.pointer}/${index}` };
}

// " in switchyard.yaml" of "models in switchyard.yaml"
function afterKey(given: GivenValue): string {
  return given.label.slice(given.label.indexOf(' in '));
}
