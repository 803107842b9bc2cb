import { GatewayError, toGatewayError } from '../errors.ts';
import { Deadline } from '../inference/deadline.ts';
import type { HintOutcome, RegistryHint } from '../lifecycle/registry-hint.ts';
import type { ServedModels } from '../lifecycle/served-models.ts';
import type { Secret } from '../model/secret.ts';
import { showName } from '../model/shown-name.ts';
import type { Log } from '../observability/log.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { BodyReader } from './body-reader.ts';
import { ERROR_STATUS } from './error-status.ts';
import { type HttpContext, headerOf } from './http-env.ts';
import { jsonAnswer } from './json-answer.ts';
import { callOfContext } from './model-call.ts';
import { readRequestBody } from './request-body.ts';
import type { RouteTable } from './route-table.ts';
import type { PhaseHolder } from './serving-phase.ts';
import { parseWebhookPayload } from './webhook-payload.ts';
import { WebhookRefusals } from './webhook-refusals.ts';
import { readSignedHeaders, verifySignature } from './webhook-signature.ts';

/**
 * Limits of a delivery's body, apart from those of model requests: the sender is not known before the whole body has
 * been read. MLflow's events have less than 8 KiB, but one with a version's tags may hold 100,000 characters of each.
 */
export const WEBHOOK_BODY_LIMITS = { maxBodyBytes: 256 * 1024, maxBufferedBytes: 8 * 1024 * 1024 } as const;

/** Where deliveries arrive, below the gateway's public URL. */
export const WEBHOOK_PATH = '/webhooks/mlflow';

export interface WebhookRoutesParts {
  readonly service: Pick<ServedModels, 'hint'>;
  /** With `WEBHOOK_BODY_LIMITS`. */
  readonly webhookBodies: BodyReader;
  /** `null`: the route is closed. */
  readonly webhookSecret: Secret | null;
  readonly phase: PhaseHolder;
  readonly metrics: Pick<Metrics, 'webhookDeliveries'>;
  readonly log: Log;
}

interface Delivery {
  readonly hint: RegistryHint;
  readonly outcome: HintOutcome;
}

/**
 * `POST /webhooks/mlflow` (contract 4.4): proves who sent the delivery, then hands it on as a hint. Answers before the
 * registry is read, since MLflow waits for the answer in one of ten threads.
 */
export function addWebhookRoutes(routes: RouteTable, parts: WebhookRoutesParts): void {
  const { metrics, log } = parts;
  const refusals = new WebhookRefusals(log, Date.now);
  routes.add('POST', WEBHOOK_PATH, async (context, requestId) => {
    try {
      const { hint, outcome } = await take(parts, context);
      metrics.webhookDeliveries.inc({ outcome });
      tell(log, { hint, outcome }, requestId);
      return jsonAnswer(200, { status: outcome });
    } catch (thrown) {
      const error = toGatewayError(thrown, 'INTERNAL', 'the delivery failed by a fault of the gateway');
      metrics.webhookDeliveries.inc({ outcome: outcomeOf(error) });
      refusals.tell(error, requestId);
      throw error;
    }
  });
}

async function take(parts: WebhookRoutesParts, context: HttpContext): Promise<Delivery> {
  const { webhookSecret, phase, service } = parts;
  if (webhookSecret === null) {
    throw new GatewayError('FORBIDDEN', 'webhooks are closed because no SWITCHYARD_WEBHOOK_SECRET is set');
  }
  const headers = readSignedHeaders((name) => headerOf(context, name), Date.now());
  const body = await readBody(parts.webhookBodies, context);
  verifySignature(headers, body, webhookSecret);
  const hint = parseWebhookPayload(body, headers.deliveryId);
  // MLflow repeats what is answered 503; by then somebody else may listen here.
  if (phase.phase !== 'serving') throw new GatewayError('SHUTTING_DOWN', 'the server is shutting down');
  return { hint, outcome: await service.hint(hint) };
}

/** The bytes as they came, which are what is signed. */
async function readBody(bodies: BodyReader, context: HttpContext): Promise<Buffer> {
  const encoding = headerOf(context, 'content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity') {
    throw new GatewayError(
      'UNSUPPORTED_MEDIA_TYPE',
      'a delivery is signed as it is sent; do not compress it',
    );
  }
  try {
    return await readRequestBody(callOfContext(context), bodies, Deadline.NEVER);
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'PAYLOAD_TOO_LARGE') throw error;
    const text = `the delivery has more than ${WEBHOOK_BODY_LIMITS.maxBodyBytes} bytes; the next poll sees what it tells`;
    throw new GatewayError('PAYLOAD_TOO_LARGE', text);
  }
}

function tell(log: Log, { hint, outcome }: Delivery, requestId: string): void {
  const { deliveryId, name, change } = hint;
  const model = showName(name);
  const fields = { deliveryId, model, change: change.kind, requestId };
  if (outcome === 'accepted') {
    log.audit('webhook-accepted', `MLflow told of a change of "${model}"; the registry is read`, fields);
  } else log.debug(`webhook-${outcome}`, `a delivery of a webhook was ${wordOf(outcome)}`, fields);
}

function wordOf(outcome: Exclude<HintOutcome, 'accepted'>): string {
  return outcome === 'duplicate' ? 'taken before' : 'of nothing that is followed';
}

/** Beside what becomes of hints: `refused` (who sent it is not proved), `malformed`, `failed` (will be repeated). */
function outcomeOf({ code }: GatewayError): string {
  if (code === 'UNAUTHENTICATED' || code === 'FORBIDDEN') return 'refused';
  return ERROR_STATUS[code] < 500 && code !== 'MODEL_OVERLOADED' ? 'malformed' : 'failed';
}
