import { type GatewayError, toGatewayError } from '../errors.ts';
import type { RoutedLease, ServedModels } from '../lifecycle/served-models.ts';
import type { Log } from '../observability/log.ts';
import type { RequestRecorder } from '../observability/request-recorder.ts';
import type { AnswerTimings, ModelAnswer, ModelRoute, Protocol } from '../protocols/protocol.ts';
import type { Admission } from './admission.ts';
import type { BodyReader } from './body-reader.ts';
import { ERROR_STATUS, retryAfterHeader } from './error-status.ts';
import { type HttpContext, headerOf } from './http-env.ts';
import { readRequestBody } from './request-body.ts';
import type { RequestDeadlines } from './request-deadlines.ts';
import { requestIdOf } from './request-id.ts';
import type { PhaseHolder } from './serving-phase.ts';

export interface ModelHandlerParts {
  readonly service: ServedModels;
  readonly bodies: BodyReader;
  readonly admission: Admission;
  readonly phase: PhaseHolder;
  readonly recorder: RequestRecorder;
  /** Counts a request that was refused before any work. */
  readonly onRejected: (reason: string) => void;
  readonly log: Log;
  readonly deadlines: RequestDeadlines;
}

type Handler = (context: HttpContext) => Promise<Response>;

const REFUSALS = new Set<string>([
  'MODEL_OVERLOADED',
  'RATE_LIMITED',
  'SHUTTING_DOWN',
  'PAYLOAD_TOO_LARGE',
  'BODY_TIMEOUT',
]);

/**
 * One model route over HTTP: body, permit, deadline, then the protocol's own work; afterwards headers, metrics and
 * errors from the one value that says what happened.
 */
export function createModelHandler(protocol: Protocol, route: ModelRoute, parts: ModelHandlerParts): Handler {
  return async (context) => {
    const startedAt = performance.now();
    const requestId = requestIdOf(headerOf(context, 'x-request-id'));
    const exchange: Exchange = { startedAt, model: context.req.param('model') ?? null, served: null };
    try {
      const answer = await answerRequest(context, route, exchange, parts);
      record(parts, protocol, exchange, { status: 200, answer });
      const headers = {
        'content-type': answer.contentType,
        ...servedHeaders(exchange.served, requestId),
        'server-timing': serverTiming(answer.timings),
        ...parts.phase.headers,
      };
      return new Response(answer.body, { status: 200, headers });
    } catch (error) {
      const failure = toGatewayError(error, 'INTERNAL', 'the request failed by a fault of the gateway');
      const status = ERROR_STATUS[failure.code];
      record(parts, protocol, exchange, { status, answer: null });
      tellFailure(parts, failure, status, requestId, exchange);
      const { contentType, body } = protocol.errorBody(failure, status, requestId);
      const headers = {
        'content-type': contentType,
        ...servedHeaders(exchange.served, requestId),
        ...retryAfterHeader(status, failure.retryAfterSeconds),
        ...connectionHeader(failure, parts.phase),
      };
      return new Response(body, { status, headers });
    }
  };
}

/**
 * Closes the connection of a client that stopped sending. One that still sends a body that is not read on is left to
 * the server, which closes it a moment after the answer: at once would reset it, and many clients would never see why.
 */
function connectionHeader(failure: GatewayError, phase: PhaseHolder): Readonly<Record<string, string>> {
  return failure.code === 'BODY_TIMEOUT' ? { connection: 'close' } : phase.headers;
}

interface Exchange {
  readonly startedAt: number;
  readonly model: string | null;
  served: RoutedLease | null;
}

async function answerRequest(
  context: HttpContext,
  route: ModelRoute,
  exchange: Exchange,
  parts: ModelHandlerParts,
): Promise<ModelAnswer> {
  const { admission, deadlines, service } = parts;
  const deadline = deadlines.begin(exchange.startedAt, context.env?.outgoing ?? null);
  let hasPermit = false;
  try {
    const body = await readRequestBody(context, parts.bodies);
    admission.enter();
    hasPermit = true;
    const answer = await route.handle({
      model: exchange.model,
      body,
      mediaType: mediaTypeOf(headerOf(context, 'content-type')),
      deadline,
      query: (name) => context.req.query(name) ?? null,
      lease: () => {
        exchange.served = service.lease(exchange.model);
        return exchange.served.lease;
      },
    });
    deadline.throwIfOver(performance.now());
    return answer;
  } finally {
    if (hasPermit) admission.leave();
    deadlines.finish(deadline);
  }
}

function mediaTypeOf(header: string | undefined): string {
  return (header ?? '').split(';', 1)[0]!.trim().toLowerCase();
}

function servedHeaders(served: RoutedLease | null, requestId: string): Record<string, string> {
  if (served === null) return { 'x-request-id': requestId };
  const { name, version, runId } = served.lease.servable.version;
  const headers: Record<string, string> = {
    'x-model-name': headerText(name),
    'x-model-version': version,
    'x-request-id': requestId,
  };
  if (runId !== null) headers['x-model-run-id'] = headerText(runId);
  return headers;
}

const VISIBLE_ASCII = /^[\x21-\x24\x26-\x7e]*$/;

/** Percent-encoded as UTF-8 outside visible ASCII; a percent sign itself, too, so that it can be decoded. */
function headerText(text: string): string {
  if (VISIBLE_ASCII.test(text)) return text;
  return text.toWellFormed().replace(/[^\x21-\x24\x26-\x7e]/gu, encodeURIComponent);
}

function serverTiming({ parseMs, queueMs, inferMs, encodeMs }: AnswerTimings): string {
  return `parse;dur=${parseMs.toFixed(3)}, queue;dur=${queueMs.toFixed(3)}, infer;dur=${inferMs.toFixed(3)}, encode;dur=${encodeMs.toFixed(3)}`;
}

function record(
  parts: ModelHandlerParts,
  protocol: Protocol,
  exchange: Exchange,
  outcome: { readonly status: number; readonly answer: ModelAnswer | null },
): void {
  const { served } = exchange;
  parts.recorder.record({
    model: served?.route ?? parts.service.configuredRoute(exchange.model),
    version: served?.lease.servable.version.version ?? '',
    protocol: protocol.name,
    status: outcome.status,
    totalMs: performance.now() - exchange.startedAt,
    timings: outcome.answer?.timings ?? null,
    nonFinite: outcome.answer?.nonFinite ?? 0,
  });
}

/** Our own faults are logged with their cause, which no client gets to see; the rest only on request. */
function tellFailure(
  parts: ModelHandlerParts,
  failure: GatewayError,
  status: number,
  requestId: string,
  exchange: Exchange,
): void {
  if (REFUSALS.has(failure.code)) parts.onRejected(failure.code);
  const fields = {
    requestId,
    code: failure.code,
    model: exchange.served?.route ?? null,
    version: exchange.served?.lease.servable.version.version ?? null,
  };
  const isOurs = failure.code === 'INTERNAL' || failure.code === 'INFERENCE_FAILED';
  if (isOurs)
    parts.log.error('request-failed', failure.message, { ...fields, err: failure.cause ?? failure });
  else parts.log.debug('request-refused', failure.message, { ...fields, status });
}
