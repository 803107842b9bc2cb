import { GatewayError } from '../../errors.ts';
import type { Lease, Servable } from '../../lifecycle/servable.ts';
import { showName } from '../../model/shown-name.ts';
import type { Tensor } from '../../model/tensor.ts';
import { joinPieces } from '../join-pieces.ts';
import type { DecodedBody } from '../json-codec.ts';
import type { EncodedAnswer, LargeBodies } from '../large-bodies.ts';
import type { ModelAnswer, ModelRequest } from '../protocol.ts';
import { ANSWER_TYPES, parseAnswerFormat } from './answer-format.ts';
import { type ScoringForm, type ScoringOptions, scoringCodec } from './codec.ts';
import { CUSTOM_ATTRIBUTES, type CustomAttributes, parseCustomAttributes } from './custom-attributes.ts';
import { type Infer, inferInvocations, isInferBody } from './infer-invocations.ts';
import { parseRequestFormat } from './request-format.ts';
import { writeNpy } from './write-npy.ts';

export const NAME = 'mlflow';

/** `POST /invocations`: MLflow's scoring protocol, and what SageMaker's clients send there. */
export async function invocations(
  request: ModelRequest,
  largeBodies: LargeBodies,
  infer: Infer,
): Promise<ModelAnswer> {
  const startedAt = performance.now();
  const { deadline } = request;
  const format = parseRequestFormat(request.header('content-type'));
  const answer = parseAnswerFormat(request.header('accept'));
  const attributes = parseCustomAttributes(request.header(CUSTOM_ATTRIBUTES));
  refuseTwoModels(request, attributes);
  const echo = attributes.echo === null ? [] : [CUSTOM_ATTRIBUTES, attributes.echo];
  if (format.kind === 'infer' || (format.kind === 'json' && isInferBody(request.body))) {
    const inferred = await inferInvocations(request, format, attributes, infer);
    return { ...inferred, headers: [...(inferred.headers ?? []), ...echo] };
  }
  using lease = await leaseFor(request, attributes);
  const { servable } = lease;
  servable.admit(1, deadline);
  const options: ScoringOptions = { format, answer, form: servable.invocations };
  const { tensors, rows } = await decode(request, servable, options, largeBodies);
  const parseMs = performance.now() - startedAt;
  const { outputs, timings } = await servable.infer(tensors, rows, deadline);
  const inferredAt = performance.now();
  const encoded = await encode({ outputs, rows, servable, options, request }, largeBodies);
  const encodeMs = performance.now() - inferredAt;
  return {
    contentType: ANSWER_TYPES[answer],
    body: encoded.body,
    timings: { parseMs, ...timings, encodeMs },
    nonFinite: encoded.nonFinite,
    headers: echo,
  };
}

function refuseTwoModels(request: ModelRequest, { model }: CustomAttributes): void {
  if (model !== null && request.model !== null && model !== request.model) {
    throw new GatewayError(
      'INVALID_INPUT',
      `the path names the model "${showName(request.model)}" and the custom attributes "${showName(model)}"`,
    );
  }
}

function leaseFor(request: ModelRequest, { model, version }: CustomAttributes): Lease | Promise<Lease> {
  const route = request.model ?? model;
  return version === null ? request.lease(route) : request.leaseChosen({ kind: 'version', version }, route);
}

async function decode(
  request: ModelRequest,
  { signature }: Servable,
  options: ScoringOptions,
  largeBodies: LargeBodies,
): Promise<DecodedBody<ScoringForm>> {
  const { body, deadline } = request;
  using large = largeBodies.claim(body, options.format.kind === 'parquet');
  if (large !== null) return await large.decode({ protocol: NAME, signature, options, deadline });
  return scoringCodec.decode(await scoringCodec.parse!(body, options, null), signature, options);
}

interface Answering {
  readonly outputs: readonly Tensor[];
  readonly rows: number;
  readonly servable: Servable;
  readonly options: ScoringOptions;
  readonly request: ModelRequest;
}

async function encode(
  { outputs, rows, servable: { signature }, options, request }: Answering,
  largeBodies: LargeBodies,
): Promise<EncodedAnswer> {
  if (options.answer === 'npy') return { body: writeNpy(outputs, rows, signature), nonFinite: 0 };
  const answer = { outputs, rows, signature, form: null, options };
  if (largeBodies.isLargeAnswer(outputs)) {
    return await largeBodies.encode({ protocol: NAME, answer, deadline: request.deadline });
  }
  return joinPieces(scoringCodec.encode(answer));
}
