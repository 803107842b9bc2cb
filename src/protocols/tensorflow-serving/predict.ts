import type { Lease } from '../../lifecycle/servable.ts';
import type { VersionChoice } from '../../model/version-choice.ts';
import { decodeUtf8, parseExactJson } from '../exact-json.ts';
import { joinPieces } from '../join-pieces.ts';
import type { LargeBodies } from '../large-bodies.ts';
import type { ModelAnswer, ModelRequest } from '../protocol.ts';
import { versionChoice } from '../version-choice.ts';
import { NAME, type PredictForm, type PredictOptions, tensorflowCodec } from './codec.ts';

/** `POST …:predict`. */
export async function predict(request: ModelRequest, largeBodies: LargeBodies): Promise<ModelAnswer> {
  const startedAt = performance.now();
  const { deadline } = request;
  using lease = await leaseFor(request);
  const { servable } = lease;
  servable.admit(1, deadline);
  const { signature } = servable;
  const options: PredictOptions = { form: servable.invocations };
  using large = largeBodies.claim(request.body);
  const { tensors, rows, form } =
    large === null
      ? tensorflowCodec.decode(parseExactJson(decodeUtf8(request.body)), signature, options)
      : await large.decode<PredictForm, PredictOptions>({ protocol: NAME, signature, options, deadline });
  const parseMs = performance.now() - startedAt;
  const { outputs, timings } = await servable.infer(tensors, rows, deadline);
  const inferredAt = performance.now();
  const answer = { outputs, rows, signature, form, options };
  const encoded = largeBodies.isLargeAnswer(outputs)
    ? await largeBodies.encode({ protocol: NAME, answer, deadline })
    : joinPieces(tensorflowCodec.encode(answer));
  const encodeMs = performance.now() - inferredAt;
  return {
    contentType: 'application/json',
    body: encoded.body,
    timings: { parseMs, ...timings, encodeMs },
    nonFinite: encoded.nonFinite,
  };
}

function leaseFor(request: ModelRequest): Lease | Promise<Lease> {
  const choice = choiceOf((name) => request.param(name));
  return choice === null ? request.lease() : request.leaseChosen(choice);
}

/**
 * The version or the label in a path; `null` if there is none.
 *
 * @param param what stands in the path, with a verb like `:predict` behind it or not.
 * @throws GatewayError VERSION_NOT_FOUND for a version that is no number.
 */
export function choiceOf(param: (name: string) => string | undefined): VersionChoice | null {
  const label = param('label')?.split(':', 1)[0];
  if (label !== undefined) return { kind: 'label', label };
  return versionChoice(param('version')?.split(':', 1)[0]);
}
