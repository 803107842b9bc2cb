import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { readSignedHeaders, verifySignature } from '../../src/http/webhook-signature.ts';
import { Secret } from '../../src/model/secret.ts';
import { signedHeaders } from './signed-delivery.ts';

/** A delivery of MLflow 3.17.2 as it was recorded; its secret is "top-secret". */
const RECORDED = {
  body: '{"entity": "model_version_alias", "action": "created", "timestamp": "2026-11-23T00:40:46.967562+00:00", "data": {"name": "hook-1795394439", "alias": "champion", "version": "2"}}',
  headers: {
    'x-mlflow-delivery-id': '9ee4fac9-7098-4d33-b9c9-45d4630a0aa8',
    'x-mlflow-timestamp': '1795394446',
    'x-mlflow-signature': 'v1,V6cQzhKC7VPJzxDWi/H2EXFPDL49iTe2uPtYDU+wI/o=',
  },
};
const SENT_AT = 1_795_394_446_000;

type Headers = Readonly<Record<string, string>>;

const outcome = (headers: Headers, body: string, { now = SENT_AT, secret = 'top-secret' } = {}) => {
  try {
    const read = readSignedHeaders((name) => headers[name], now);
    verifySignature(read, Buffer.from(body), new Secret(secret));
    return read.deliveryId;
  } catch (error) {
    return error instanceof GatewayError ? error.code : error;
  }
};

describe('verifySignature', () => {
  it('accepts what MLflow sent', () => {
    expect(outcome(RECORDED.headers, RECORDED.body)).toBe('9ee4fac9-7098-4d33-b9c9-45d4630a0aa8');
  });

  it('refuses other bytes of the same meaning, another secret, id or timestamp', () => {
    const { headers, body } = RECORDED;
    expect(outcome(headers, JSON.stringify(JSON.parse(body)))).toBe('UNAUTHENTICATED');
    expect(outcome(headers, `${body} `)).toBe('UNAUTHENTICATED');
    expect(outcome(headers, '')).toBe('UNAUTHENTICATED');
    expect(outcome(headers, body, { secret: 'top-secre' })).toBe('UNAUTHENTICATED');
    expect(outcome({ ...headers, 'x-mlflow-delivery-id': 'another' }, body)).toBe('UNAUTHENTICATED');
    expect(outcome({ ...headers, 'x-mlflow-timestamp': '1795394447' }, body)).toBe('UNAUTHENTICATED');
  });

  it('takes secrets and bodies that are no ASCII by their UTF-8 bytes', () => {
    const headers = signedHeaders('"ü"', { secret: 'schlüssel', timestamp: SENT_AT / 1000, id: 'a' });
    expect(outcome(headers, '"ü"', { secret: 'schlüssel' })).toBe('a');
  });
});

describe('readSignedHeaders', () => {
  it.each([
    [0, true],
    [300_000, true],
    [-300_000, true],
    [300_001, false],
    [-300_001, false],
    [86_400_000, false],
  ])('of a delivery %d ms old: taken %s', (age, isTaken) => {
    const { headers, body } = RECORDED;
    expect(outcome(headers, body, { now: SENT_AT + age }) !== 'UNAUTHENTICATED').toBe(isTaken);
  });

  it.each<[string, string | undefined]>([
    ['x-mlflow-delivery-id', undefined],
    ['x-mlflow-delivery-id', ''],
    ['x-mlflow-delivery-id', 'a.1'],
    ['x-mlflow-delivery-id', 'a, b'],
    ['x-mlflow-delivery-id', 'a'.repeat(129)],
    ['x-mlflow-timestamp', undefined],
    ['x-mlflow-timestamp', '1795394446.0'],
    ['x-mlflow-timestamp', ' 1795394446'],
    ['x-mlflow-timestamp', '-1'],
    ['x-mlflow-timestamp', 'Infinity'],
    ['x-mlflow-signature', undefined],
    ['x-mlflow-signature', ''],
    ['x-mlflow-signature', 'V6cQzhKC7VPJzxDWi/H2EXFPDL49iTe2uPtYDU+wI/o='],
    ['x-mlflow-signature', 'v2,V6cQzhKC7VPJzxDWi/H2EXFPDL49iTe2uPtYDU+wI/o='],
    ['x-mlflow-signature', 'v1,V6cQzhKC7VPJzxDWi/H2EXFPDL49iTe2uPtYDU+wI/o'],
    ['x-mlflow-signature', 'v1,AAAA'],
  ])('refuses %s: %j', (name, value) => {
    const { [name]: _, ...others } = RECORDED.headers as Headers;
    const headers: Headers = value === undefined ? others : { ...others, [name]: value };
    expect(outcome(headers, RECORDED.body)).toBe('UNAUTHENTICATED');
  });
});
