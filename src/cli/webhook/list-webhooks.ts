import type { MlflowWebhooks } from '../../registry/mlflow/mlflow-webhooks.ts';
import { formatTable } from '../format-table.ts';
import { gatewayWebhooks } from './gateway-webhooks.ts';

/** A table of the webhooks that lead to gateways, and how many others there are. Throws as `MlflowWebhooks`. */
export async function listWebhooks(
  webhooks: MlflowWebhooks,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const all = await webhooks.list(signal);
  const ours = gatewayWebhooks(all);
  const others = all.length - ours.length;
  const rows = ours.map(({ id, name, url, events, isActive }) => [
    id,
    name,
    isActive ? 'active' : 'disabled',
    url,
    events.join(', '),
  ]);
  const table = [['ID', 'NAME', 'STATUS', 'URL', 'EVENTS'], ...rows];
  return [
    ...(ours.length === 0 ? [`no webhook at ${webhooks.server} leads to a gateway`] : formatTable(table)),
    ...(others === 0 ? [] : [`(and ${others} that ${others === 1 ? 'leads' : 'lead'} elsewhere)`]),
  ];
}
