import { GatewayError } from '../errors.ts';
import type { CrossCheck } from '../lifecycle/model-policy.ts';
import { formatModelUri, type ModelUri, type Pointer, parseModelUri } from '../model/model-uri.ts';
import { fieldOf, type GivenValue, type SettingReader } from './setting-reader.ts';
import { suggestName } from './suggest-name.ts';

const KEYS = ['alias', 'stage', 'policy'];
const FORM = 'allowed: a mapping with "alias" or "stage", e.g. {alias: champion}';

/**
 * Reads `crossCheck` of a model; what is wrong is reported to `reader`.
 *
 * @param uri the pointer that the model follows; `null` if that is wrong itself.
 * @returns `null` where nothing usable is given.
 */
export function readCrossCheck(
  given: GivenValue,
  uri: ModelUri | null,
  reader: SettingReader,
): CrossCheck | null {
  const { value } = given;
  if (value === null) return null;
  if (!(value instanceof Map)) {
    reader.refuse(given, FORM);
    return null;
  }
  for (const key of value.keys()) {
    if (KEYS.includes(String(key))) continue;
    reader.report(fieldOf(given, String(key)), `there is no such key${suggestName(String(key), KEYS)}`);
    return null;
  }
  if ((value.get('policy') ?? 'warn') !== 'warn') {
    reader.refuse({ ...fieldOf(given, 'policy'), value: value.get('policy') }, 'allowed: "warn"');
    return null;
  }
  const named = ['alias', 'stage'].filter((key) => (value.get(key) ?? null) !== null);
  const [kind] = named;
  if (kind === undefined || named.length > 1) {
    reader.report(given, FORM);
    return null;
  }
  const place = { ...fieldOf(given, kind), value: value.get(kind) };
  const pointer = parsePointer(kind, place.value);
  if (pointer === null) {
    reader.refuse(place, `allowed: the name of ${kind === 'alias' ? 'an alias' : 'a stage'}`);
    return null;
  }
  if (uri !== null && formatModelUri(uri) === formatModelUri({ ...uri, pointer })) {
    reader.report(given, `${formatModelUri(uri)} would be compared with itself`);
    return null;
  }
  return { pointer, policy: 'warn' };
}

/** By the rules of `models:/` URIs, so that `production` is the stage that MLflow calls `Production`. */
function parsePointer(kind: string, value: unknown): Pointer | null {
  if (typeof value !== 'string') return null;
  try {
    const { pointer } = parseModelUri(kind === 'alias' ? `models:/x@${value}` : `models:/x/${value}`);
    return pointer.kind === kind ? pointer : null;
  } catch (error) {
    if (error instanceof GatewayError) return null;
    throw error;
  }
}
