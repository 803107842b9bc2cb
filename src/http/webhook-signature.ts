import { createHmac, timingSafeEqual } from 'node:crypto';
import { GatewayError } from '../errors.ts';
import type { Secret } from '../model/secret.ts';

/** How far a delivery's timestamp may be from our clock, either way (contract 4.4). */
const MAX_SKEW_SECONDS = 300;

/** MLflow's ids are UUIDs. Without a dot, because one parts the id from the rest of what is signed. */
const DELIVERY_ID = /^[\w-]{1,128}$/;
const TIMESTAMP = /^\d{1,12}$/;
const SIGNATURE = /^v1,([A-Za-z0-9+/]{43}=)$/;

/** What the headers of a delivery say; not proved before `verifySignature`. */
export interface SignedHeaders {
  /** The same in every repetition. */
  readonly deliveryId: string;
  /** Unix seconds, as they were sent. */
  readonly timestamp: string;
  readonly signature: Buffer;
}

/**
 * The headers that MLflow signs a delivery with (`mlflow/webhooks/delivery.py`), if the delivery is of now.
 *
 * @param now in ms since the epoch.
 * @throws GatewayError UNAUTHENTICATED if one is missing, malformed, or too old or new.
 */
export function readSignedHeaders(header: (name: string) => string | undefined, now: number): SignedHeaders {
  const deliveryId = header('x-mlflow-delivery-id') ?? '';
  const timestamp = header('x-mlflow-timestamp') ?? '';
  const signature = SIGNATURE.exec(header('x-mlflow-signature') ?? '')?.[1];
  if (!DELIVERY_ID.test(deliveryId) || !TIMESTAMP.test(timestamp) || signature === undefined) {
    throw unauthenticated(
      'the delivery is not signed: it needs X-MLflow-Delivery-Id, X-MLflow-Timestamp and X-MLflow-Signature as MLflow sends them for a webhook with a secret',
    );
  }
  const skewSeconds = Math.abs(now / 1000 - Number(timestamp));
  if (skewSeconds > MAX_SKEW_SECONDS) {
    const text = `the delivery's timestamp is more than ${MAX_SKEW_SECONDS} s away from the time here; are the clocks right?`;
    throw unauthenticated(text);
  }
  return { deliveryId, timestamp, signature: Buffer.from(signature, 'base64') };
}

/**
 * Proves that the holder of the secret sent these bytes, in a time that does not depend on where signatures differ.
 *
 * @param body the bytes as they came.
 * @throws GatewayError UNAUTHENTICATED.
 */
export function verifySignature(headers: SignedHeaders, body: Uint8Array, secret: Secret): void {
  const { deliveryId, timestamp, signature } = headers;
  const expected = createHmac('sha256', secret.reveal())
    .update(`${deliveryId}.${timestamp}.`)
    .update(body)
    .digest();
  if (timingSafeEqual(signature, expected)) return;
  throw unauthenticated('the signature does not fit the body; is the secret of the webhook the one here?');
}

function unauthenticated(message: string): GatewayError {
  return new GatewayError('UNAUTHENTICATED', message);
}
