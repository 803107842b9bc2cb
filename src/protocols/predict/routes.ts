import { GatewayError } from '../../errors.ts';
import { decodeUtf8, parseExactJson } from '../exact-json.ts';
import type { LargeBodies } from '../large-bodies.ts';
import type { ModelAnswer, ModelRequest, Protocol } from '../protocol.ts';
import { encodePredictResponse, type PredictForm, type PredictOptions, predictCodec } from './codec.ts';
import { problemDetails } from './problem-details.ts';

/** `POST /predict`: one row or many, by position or by name (contract section 5). */
export function createPredictProtocol(largeBodies: LargeBodies): Protocol {
  const handle = (request: ModelRequest) => predict(request, largeBodies);
  return {
    name: NAME,
    routes: ['/predict', '/models/:model/predict'].map((path) => ({ method: 'POST', path, handle })),
    infoRoutes: [],
    prefixes: [],
    errorBody: problemDetails,
  };
}

const NAME = 'predict';

async function predict(request: ModelRequest, largeBodies: LargeBodies): Promise<ModelAnswer> {
  const startedAt = performance.now();
  const { deadline } = request;
  const options = { allProbabilities: wantsAllProbabilities(request) };
  using lease = request.lease();
  const { servable } = lease;
  servable.admit(1, deadline);
  const { signature } = servable;
  using large = largeBodies.claim(request.body);
  const { tensors, rows, form } =
    large === null
      ? predictCodec.decode(parseExactJson(decodeUtf8(request.body)), signature, options)
      : await large.decode<PredictForm, PredictOptions>({ protocol: NAME, signature, options, deadline });
  const parseMs = performance.now() - startedAt;
  const { outputs, timings } = await servable.infer(tensors, rows, deadline);
  const inferredAt = performance.now();
  const encoded = largeBodies.isLargeAnswer(outputs)
    ? await largeBodies.encode({
        protocol: NAME,
        answer: { outputs, rows, signature, form, options },
        deadline,
      })
    : encodePredictResponse(outputs, rows, signature, { ...form, ...options });
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
