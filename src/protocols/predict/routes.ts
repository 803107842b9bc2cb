import { GatewayError } from '../../errors.ts';
import { decodeUtf8, parseExactJson } from '../exact-json.ts';
import type { ModelAnswer, ModelRequest, Protocol } from '../protocol.ts';
import { decodePredictRequest, encodePredictResponse } from './codec.ts';
import { problemDetails } from './problem-details.ts';

/** `POST /predict`: one row or many, by position or by name (contract section 5). */
export const predictProtocol: Protocol = {
  name: 'predict',
  routes: ['/predict', '/models/:model/predict'].map((path) => ({ method: 'POST', path, handle: predict })),
  errorBody: problemDetails,
};

async function predict(request: ModelRequest): Promise<ModelAnswer> {
  const startedAt = performance.now();
  const allProbabilities = wantsAllProbabilities(request);
  using lease = request.lease();
  const { servable } = lease;
  servable.admit(1, request.deadline);
  const body = parseExactJson(decodeUtf8(request.body));
  const { tensors, rows, single } = decodePredictRequest(body, servable.signature);
  const parseMs = performance.now() - startedAt;
  const { outputs, timings } = await servable.infer(tensors, rows, request.deadline);
  const inferredAt = performance.now();
  const { signature } = servable;
  const encoded = encodePredictResponse(outputs, rows, signature, { single, allProbabilities });
  const encodeMs = performance.now() - inferredAt;
  return {
    contentType: 'application/json',
    body: encoded.body,
    timings: { parseMs, queueMs: timings.queueMs, inferMs: timings.inferMs, encodeMs },
    nonFinite: encoded.nonFinite,
  };
}

function wantsAllProbabilities(request: ModelRequest): boolean {
  const value = request.query('probabilities');
  if (value === null) return false;
  if (value === 'all') return true;
  throw new GatewayError('INVALID_INPUT', 'the query parameter "probabilities" can only be "all"');
}
