import type { GatewayError } from '../../../src/errors.ts';
import type { Signature } from '../../../src/model/signature.ts';
import { type ScoringFormat, scoringCodec } from '../../../src/protocols/mlflow/codec.ts';
import { parseRequestFormat } from '../../../src/protocols/mlflow/request-format.ts';

/** What a body gives the graph: the values of each input, and how many rows there are. */
export async function decode(body: unknown, signature: Signature, contentType = 'application/json') {
  const bytes = body instanceof Uint8Array ? body : new TextEncoder().encode(textOf(body));
  const format = parseRequestFormat(contentType) as ScoringFormat;
  const options = { format, answer: 'json', form: 'records' } as const;
  const value = await scoringCodec.parse!(bytes, options, null);
  const { tensors, rows } = scoringCodec.decode(value, signature, options);
  return { rows, values: tensors.map(({ data }) => Array.from(data as ArrayLike<unknown>)) };
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

/** `pointer: sentence` for each problem, or the message where there are none. */
export async function refusal(body: unknown, signature: Signature, contentType?: string) {
  try {
    await decode(body, signature, contentType);
  } catch (error) {
    const { problems, message } = error as GatewayError;
    return problems.length === 0 ? [message] : problems.map(({ pointer, detail }) => `${pointer}: ${detail}`);
  }
  return [];
}
