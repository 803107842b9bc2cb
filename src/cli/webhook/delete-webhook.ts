import type { MlflowWebhooks } from '../../registry/mlflow/mlflow-webhooks.ts';
import { pickWebhooks } from './gateway-webhooks.ts';

/**
 * Deletes a gateway's webhook by its id, or all that deliver to a gateway by its URL.
 *
 * @returns what to print.
 * @throws GatewayError INVALID_INPUT if there are none, or as `MlflowWebhooks`.
 */
export async function deleteWebhook(
  webhooks: MlflowWebhooks,
  urlOrId: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const picked = pickWebhooks(await webhooks.list(signal), urlOrId);
  for (const { id } of picked) await webhooks.delete(id, signal);
  return picked.map(({ id, url }) => `deleted webhook ${id}, which delivered to ${url}`);
}
