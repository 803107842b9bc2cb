import { z } from 'zod';
import { GatewayError } from '../errors.ts';
import type { RegistryChange, RegistryHint } from '../lifecycle/registry-hint.ts';
import { decodeUtf8, parseExactJson } from '../protocols/exact-json.ts';

/** `mlflow/webhooks/types.py`; the workspace since 3.12, where workspaces are on. Further keys may come. */
const envelope = z.object({
  entity: z.string(),
  action: z.string(),
  workspace: z.string().nullish(),
  data: z.record(z.string(), z.unknown()),
});

const NAMES_NOTHING: RegistryChange = { kind: 'other' };

/**
 * What a delivery of MLflow tells. Events that no pointer depends on, and ones that nobody knows yet, are `other`.
 *
 * @param body JSON in UTF-8, proved to be MLflow's.
 * @throws GatewayError INVALID_INPUT for what is no delivery of MLflow.
 */
export function parseWebhookPayload(body: Uint8Array, deliveryId: string): RegistryHint {
  const parsed = envelope.safeParse(parseExactJson(decodeUtf8(body)));
  if (!parsed.success) {
    throw new GatewayError('INVALID_INPUT', 'the body is not an event of MLflow', {
      problems: parsed.error.issues.map(({ path, message }) => ({
        pointer: path.map((key) => `/${String(key)}`).join(''),
        detail: message,
      })),
    });
  }
  const { entity, action, data, workspace } = parsed.data;
  const read = READERS[`${entity}.${action}`];
  const text = (key: string) => textOf(data, key);
  const told = { deliveryId, workspace: workspace ?? null };
  if (read === undefined) return { ...told, name: '', change: NAMES_NOTHING };
  return { ...told, name: text('name'), change: read(text) };
}

type Reader = (text: (key: string) => string) => RegistryChange;

const alias: Reader = (text) => ({ kind: 'alias', alias: text('alias') });
const tag: Reader = (text) => ({ kind: 'version-tag', version: text('version'), key: text('key') });

/** The events that pointers depend on, by entity and action. A move of an alias is told as its creation. */
const READERS: Readonly<Record<string, Reader | undefined>> = {
  'model_version_alias.created': alias,
  'model_version_alias.deleted': alias,
  'model_version.created': (text) => ({ kind: 'version-created', version: text('version') }),
  'model_version_tag.set': tag,
  'model_version_tag.deleted': tag,
};

/** The events that are not `other`, as MLflow's Python API names them. */
export const HINTING_EVENTS: readonly string[] = Object.keys(READERS);

function textOf(data: Readonly<Record<string, unknown>>, key: string): string {
  const value = data[key];
  if (typeof value === 'string' && value !== '') return value;
  throw new GatewayError('INVALID_INPUT', 'the body is not an event of MLflow', {
    problems: [{ pointer: `/data/${key}`, detail: 'has to be a text' }],
  });
}
