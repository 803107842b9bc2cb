import { GatewayError } from '../../errors.ts';
import type { MlflowWebhooks, WebhookTest } from '../../registry/mlflow/mlflow-webhooks.ts';
import { pickWebhooks } from './gateway-webhooks.ts';

/** Of what others have said, in characters. */
const MAX_QUOTE = 400;

/**
 * Has MLflow deliver an example to a gateway, by the webhook's id or the gateway's URL, and tells what the gateway said.
 *
 * @returns what to print if the gateway took it.
 * @throws GatewayError REGISTRY_UNAVAILABLE with the reason if it did not; INVALID_INPUT, or as `MlflowWebhooks`.
 */
export async function testWebhook(
  webhooks: MlflowWebhooks,
  urlOrId: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const { id, url, isActive } of pickWebhooks(await webhooks.list(signal), urlOrId)) {
    const test = await webhooks.test(id, signal);
    const problem = problemOf(test, url);
    if (problem !== null) throw new GatewayError('REGISTRY_UNAVAILABLE', problem);
    lines.push(`MLflow delivers to ${url}, and the gateway there knows its signature`);
    if (!isActive) lines.push(`but webhook ${id} is disabled, so that nothing else is delivered`);
  }
  return lines;
}

/** `null` if a gateway took the delivery, whatever it thinks of the example's model. */
function problemOf(test: WebhookTest, url: string): string | null {
  if (test.status === null) {
    const isUntrusted = test.message.includes('CERTIFICATE_VERIFY_FAILED');
    const advice = isUntrusted
      ? '; MLflow trusts only public authorities here, whatever its settings say'
      : '';
    return `MLflow's delivery does not reach ${url}: ${oneLine(test.message)}${advice}`;
  }
  const { status, detail } = parseAnswer(test.body);
  if (test.status === 200 && ['accepted', 'ignored', 'duplicate'].includes(status)) return null;
  const refused = `${url} refuses MLflow's delivery (${test.status})`;
  if (detail === '') return `${refused} in no words of a gateway; is it the gateway's public URL?`;
  const advice =
    test.status === 401
      ? `; run "switchyard webhook create ${url}" with the SWITCHYARD_WEBHOOK_SECRET of the gateway`
      : '';
  return `${refused}: ${oneLine(detail)}${advice}`;
}

/** The words of the route's answer (`status`), or of a problem (`detail`). */
function parseAnswer(body: string): { readonly status: string; readonly detail: string } {
  try {
    const answer: unknown = JSON.parse(body);
    const { status, detail } = Object(answer) as { readonly status?: unknown; readonly detail?: unknown };
    return {
      status: typeof status === 'string' ? status : '',
      detail: typeof detail === 'string' ? detail : '',
    };
  } catch {
    return { status: '', detail: '' };
  }
}

function oneLine(text: string): string {
  const line = text.replace(/[\p{C}\s]+/gu, ' ').trim();
  return line.length > MAX_QUOTE ? `${line.slice(0, MAX_QUOTE)}…` : line;
}
