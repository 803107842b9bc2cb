import { createHmac } from 'node:crypto';

export interface DeliveryOptions {
  readonly id?: string;
  /** Unix seconds. */
  readonly timestamp?: number | string;
  readonly secret?: string;
}

let count = 0;

/** The headers that MLflow would send with this body. */
export function signedHeaders(body: string | Uint8Array, options: DeliveryOptions = {}) {
  const {
    id = `delivery-${++count}`,
    timestamp = Math.floor(Date.now() / 1000),
    secret = 'top-secret',
  } = options;
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest('base64');
  return {
    'content-type': 'application/json',
    'x-mlflow-delivery-id': id,
    'x-mlflow-timestamp': String(timestamp),
    'x-mlflow-signature': `v1,${signature}`,
  };
}

/** The body of an event as MLflow writes it. */
export function eventBody(event: string, data: object, more: object = {}): string {
  const [entity, action] = event.split('.');
  return JSON.stringify({ entity, action, timestamp: '2026-11-23T00:40:46.967562+00:00', data, ...more });
}

export const aliasMoved = (name = 'iris', alias = 'champion') =>
  eventBody('model_version_alias.created', { name, alias, version: '2' });
