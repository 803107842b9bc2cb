import { GatewayError } from '../../errors.ts';
import type { Secret } from '../../model/secret.ts';
import {
  type JsonObject,
  type MlflowAnswer,
  MlflowClient,
  type MlflowClientOptions,
} from './mlflow-client.ts';
import { asList, asNumber, asObject, asText } from './mlflow-entities.ts';
import { webhookFailure } from './webhook-failure.ts';

/** A webhook as MLflow keeps it. Its secret is never told. */
export interface Webhook {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  /** As MLflow's Python API names them: `model_version_alias.created`, … */
  readonly events: readonly string[];
  readonly isActive: boolean;
}

/** What a webhook shall be. */
export interface WebhookOrder {
  /** 1 to 63 letters, digits, `.`, `_`, `-`. Need not be unique. */
  readonly name: string;
  readonly url: string;
  /** At least one. */
  readonly events: readonly string[];
  readonly secret: Secret;
}

/** How a delivery ended that MLflow sent as a test. */
export type WebhookTest =
  | { readonly status: number; readonly body: string }
  /** Nobody answered; MLflow's own words. */
  | { readonly status: null; readonly message: string };

const PAGE_SIZE = 1000;
/** MLflow waits 30 s for an answer and tries four times, with pauses. */
const TEST_TIMEOUT_MS = 180_000;

/**
 * The webhooks of an MLflow server (3.3 and later); under basic auth only administrators may see or change them.
 *
 * Every call throws GatewayError: NOT_IMPLEMENTED where the server is older, REGISTRY_FORBIDDEN, REGISTRY_UNAVAILABLE,
 * INVALID_INPUT for what the server refuses.
 */
export class MlflowWebhooks {
  readonly #client: MlflowClient;

  /** @throws GatewayError INVALID_SETTING for a URI that is not http(s), or unreadable certificate files. */
  constructor(options: MlflowClientOptions) {
    this.#client = new MlflowClient(options);
  }

  /** Where the server is, without user info and query. */
  get server(): string {
    return this.#client.id;
  }

  /** All of them, the newest first. */
  async list(signal: AbortSignal): Promise<readonly Webhook[]> {
    const found: Webhook[] = [];
    for (let token: string | null = ''; token !== null; ) {
      const query = { max_results: String(PAGE_SIZE), ...(token === '' ? {} : { page_token: token }) };
      const answer = await this.#client.manage({ method: 'GET', path: 'webhooks', query }, signal);
      if (!answer.ok && answer.status === 404) await this.#failOnOldServer(signal);
      const body = this.#bodyOf(answer);
      found.push(...asList(body.webhooks).map(parseWebhook));
      token = asText(body.next_page_token);
    }
    return found;
  }

  async create(order: WebhookOrder, signal: AbortSignal): Promise<Webhook> {
    const answer = await this.#client.manage(
      { method: 'POST', path: 'webhooks', body: bodyOf(order) },
      signal,
    );
    return parseWebhook(this.#bodyOf(answer).webhook);
  }

  /** Sets all that `order` says, and makes it active. */
  async update(id: string, order: WebhookOrder, signal: AbortSignal): Promise<Webhook> {
    const answer = await this.#client.manage(
      { method: 'PATCH', path: pathOf(id), body: bodyOf(order) },
      signal,
    );
    return parseWebhook(this.#bodyOf(answer).webhook);
  }

  async delete(id: string, signal: AbortSignal): Promise<void> {
    this.#bodyOf(await this.#client.manage({ method: 'DELETE', path: pathOf(id), body: {} }, signal));
  }

  /** Has the server send an example of the webhook's first event, as it would send a true one. */
  async test(id: string, signal: AbortSignal): Promise<WebhookTest> {
    const call = {
      method: 'POST',
      path: `${pathOf(id)}/test`,
      body: {},
      timeoutMs: TEST_TIMEOUT_MS,
    } as const;
    const result = asObject(this.#bodyOf(await this.#client.manage(call, signal)).result);
    const status = asNumber(result?.response_status);
    if (status !== 0) return { status, body: asText(result?.response_body) ?? '' };
    return { status: null, message: asText(result?.error_message) ?? '' };
  }

  /** Frees connections. Idempotent. */
  async close(): Promise<void> {
    await this.#client.close();
  }

  #bodyOf(answer: MlflowAnswer): JsonObject {
    if (answer.ok) return answer.body;
    throw webhookFailure(answer, this.server);
  }

  /** Below a wrong prefix there are no webhooks, either; then this says so. */
  async #failOnOldServer(signal: AbortSignal): Promise<never> {
    await this.#client.get('registered-models/search', { max_results: '1' }, signal);
    throw new GatewayError(
      'NOT_IMPLEMENTED',
      `MLflow at ${this.server} has no webhooks, which came with MLflow 3.3; the gateway polls, which needs none`,
    );
  }
}

function pathOf(id: string): string {
  return `webhooks/${encodeURIComponent(id)}`;
}

/** In MLflow's REST API events are of upper-case words. */
function bodyOf({ name, url, events, secret }: WebhookOrder): JsonObject {
  const pairs = events.map((event) => {
    const [entity = '', action = ''] = event.toUpperCase().split('.');
    return { entity, action };
  });
  return { name, url, events: pairs, secret: secret.reveal(), status: 'ACTIVE' };
}

function parseWebhook(value: unknown): Webhook {
  const object = asObject(value);
  const id = asText(object?.webhook_id);
  const url = asText(object?.url);
  if (id === null || url === null) {
    throw new GatewayError('REGISTRY_UNAVAILABLE', "MLflow's answer about a webhook holds none");
  }
  const events = asList(object?.events).map((item) => {
    const { entity, action } = asObject(item) ?? {};
    return `${String(entity)}.${String(action)}`.toLowerCase();
  });
  return { id, name: asText(object?.name) ?? '', url, events, isActive: object?.status !== 'DISABLED' };
}
