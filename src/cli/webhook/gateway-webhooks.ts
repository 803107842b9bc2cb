import { GatewayError } from '../../errors.ts';
import { WEBHOOK_PATH } from '../../http/webhook-routes.ts';
import type { Webhook } from '../../registry/mlflow/mlflow-webhooks.ts';

/** The width of MLflow's column. */
const MAX_URL_LENGTH = 500;

/**
 * Where MLflow has to deliver for the gateway at `given`: its public URL, with or without the path of the route.
 *
 * @throws GatewayError INVALID_INPUT.
 */
export function deliveryUrl(given: string): string {
  if (!/^https?:\/\//i.test(given) || !URL.canParse(given)) {
    const meant = /^[\w.-]+(:\d+)?(\/\S*)?$/.test(given) ? `; did you mean "https://${given}"?` : '';
    throw invalid(`the gateway's public URL has to be of the form "https://host[:port][/prefix]"${meant}`);
  }
  const url = new URL(given);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw invalid("the gateway's public URL must have no user, password, query or fragment");
  }
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = path.endsWith(WEBHOOK_PATH) ? path : `${path}${WEBHOOK_PATH}`;
  if (url.href.length <= MAX_URL_LENGTH) return url.href;
  throw invalid(`MLflow keeps URLs of at most ${MAX_URL_LENGTH} characters`);
}

/** The webhooks that lead to a gateway. Those of others stay hidden: the paths of their URLs may hold secrets. */
export function gatewayWebhooks(webhooks: readonly Webhook[]): readonly Webhook[] {
  return webhooks.filter(({ url }) => URL.canParse(url) && new URL(url).pathname.endsWith(WEBHOOK_PATH));
}

/**
 * The webhooks of gateways that are meant: one by its id, or all that deliver to a gateway by its URL.
 *
 * @throws GatewayError INVALID_INPUT if there are none.
 */
export function pickWebhooks(webhooks: readonly Webhook[], urlOrId: string): readonly Webhook[] {
  const ours = gatewayWebhooks(webhooks);
  const url = urlOrId.includes(':') ? deliveryUrl(urlOrId) : null;
  const picked = ours.filter((webhook) => (url === null ? webhook.id === urlOrId : webhook.url === url));
  if (picked.length > 0) return picked;
  const what = url === null ? `with the id "${urlOrId}"` : `for ${url}`;
  throw invalid(`MLflow has no webhook of a gateway ${what}; "switchyard webhook list" shows those it has`);
}

function invalid(message: string): GatewayError {
  return new GatewayError('INVALID_INPUT', message);
}
