import { GatewayError } from '../../errors.ts';
import { HINTING_EVENTS } from '../../http/webhook-payload.ts';
import { findIntended } from '../../model/misspelling.ts';
import type { Secret } from '../../model/secret.ts';
import type { MlflowWebhooks } from '../../registry/mlflow/mlflow-webhooks.ts';
import { deliveryUrl } from './gateway-webhooks.ts';

/**
 * The events that move pointers: a move of an alias is told as its creation. Not those of tags: our own verdicts would
 * be told to us, and `switchyard.allow_breaking` is seen by the next poll.
 */
export const DEFAULT_EVENTS: readonly string[] = [
  'model_version_alias.created',
  'model_version_alias.deleted',
  'model_version.created',
];

const DEFAULT_NAME = 'switchyard';
/** `_WEBHOOK_NAME_REGEX` in `mlflow/utils/validation.py`. */
const NAME = /^(?=.{1,63}$)[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/i;

export interface CreateWebhook {
  /** The gateway's public URL. */
  readonly url: string;
  /** Default: the one that it has, else `switchyard`. */
  readonly name?: string | undefined;
  /** Comma list. */
  readonly events?: string | undefined;
  /** What the gateway checks signatures with. */
  readonly secret: Secret | null;
}

/**
 * Has MLflow deliver to a gateway. A webhook that leads there already gets these events and this secret instead of a second one.
 *
 * @returns what to print.
 * @throws GatewayError INVALID_INPUT, INVALID_SETTING without a secret, or as `MlflowWebhooks`.
 */
export async function createWebhook(
  webhooks: MlflowWebhooks,
  { url: given, name, events: eventList, secret }: CreateWebhook,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const url = deliveryUrl(given);
  const events = eventList === undefined ? DEFAULT_EVENTS : parseEvents(eventList);
  if (name !== undefined && !NAME.test(name)) {
    throw new GatewayError(
      'INVALID_INPUT',
      `"${name}" cannot be a webhook's name; use up to 63 letters, digits, ".", "_" and "-"`,
    );
  }
  if (secret === null) throw noSecret();
  const [known, ...more] = (await webhooks.list(signal)).filter((webhook) => webhook.url === url);
  const order = { name: name ?? known?.name ?? DEFAULT_NAME, url, events, secret };
  const webhook =
    known === undefined
      ? await webhooks.create(order, signal)
      : await webhooks.update(known.id, order, signal);
  const what = `webhook ${webhook.id} ("${webhook.name}")`;
  const done =
    known === undefined
      ? `created ${what} at ${webhooks.server}`
      : `${what} at ${webhooks.server} led there already; its secret and events are set anew`;
  return [
    done,
    `it delivers ${webhook.events.join(', ')} to ${url}`,
    ...more.map(({ id }) => `${id} leads there, too, and was left as it is; delete it`),
    'MLflow may take a minute until it heeds the change; see whether deliveries arrive: ' +
      `switchyard webhook test ${webhook.id}`,
  ];
}

function parseEvents(list: string): readonly string[] {
  const events = list
    .split(',')
    .map((event) => event.trim())
    .filter((event) => event !== '');
  const unknown = events.find((event) => !HINTING_EVENTS.includes(event));
  if (unknown === undefined && events.length > 0) return [...new Set(events)];
  const meant = unknown === undefined ? null : findIntended(unknown, HINTING_EVENTS);
  const what = unknown === undefined ? 'there are no events' : `the gateway has no use for "${unknown}"`;
  const hint = meant === null ? `choose from ${HINTING_EVENTS.join(', ')}` : `did you mean "${meant}"?`;
  throw new GatewayError('INVALID_INPUT', `${what}; ${hint}`);
}

function noSecret(): GatewayError {
  return new GatewayError(
    'INVALID_SETTING',
    'set SWITCHYARD_WEBHOOK_SECRET to the secret that the gateway has, too; "openssl rand -hex 32" makes a good one',
  );
}
