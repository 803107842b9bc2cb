import { type GatewayError, toGatewayError } from '../errors.ts';
import type { Deadline } from '../inference/deadline.ts';
import { leaseChosen } from '../lifecycle/lease-chosen.ts';
import type { Lease } from '../lifecycle/servable.ts';
import type { RoutedLease, ServedModels } from '../lifecycle/served-models.ts';
import type { VersionChoice } from '../model/version-choice.ts';
import type { ModelAnswer, ModelRequest, ModelRoute, Protocol } from '../protocols/protocol.ts';
import type { Admission } from './admission.ts';
import type { BodyReader } from './body-reader.ts';
import { ERROR_STATUS, retryAfterHeader } from './error-status.ts';
import type { ModelCall, ModelHandler } from './model-call.ts';
import { readRequestBody } from './request-body.ts';
import type { RequestDeadlines } from './request-deadlines.ts';
import { requestIdOf } from './request-id.ts';
import { addServedHeaders } from './served-headers.ts';
import { serverTiming } from './server-timing.ts';
import type { PhaseHolder } from './serving-phase.ts';
import { type EndedRequest, type OutcomeParts, recordOutcome, tellFailure } from './tell-outcome.ts';

export interface ModelHandlerParts extends OutcomeParts {
  readonly service: ServedModels;
  readonly bodies: BodyReader;
  readonly admission: Admission;
  readonly phase: PhaseHolder;
  readonly deadlines: RequestDeadlines;
}

/**
 * One model route over HTTP: body, permit, deadline, then the protocol's own work; afterwards headers, metrics and
 * errors from the one value that says what happened. The handler never rejects.
 */
export function createModelHandler(
  protocol: Protocol,
  route: ModelRoute,
  parts: ModelHandlerParts,
): ModelHandler {
  return async (call) => {
    const startedAt = performance.now();
    const requestId = requestIdOf(call.header('x-request-id'));
    const deadline = parts.deadlines.begin(startedAt, call.outgoing);
    const exchange = new Exchange({
      call,
      deadline,
      startedAt,
      requestId,
      protocol: protocol.name,
      service: parts.service,
    });
    try {
      const answer = await perform(route, exchange, parts);
      const now = performance.now();
      deadline.throwIfOver(now);
      recordOutcome(parts, exchange, { status: 200, now, answer });
      const headers = ['content-type', answer.contentType, 'x-request-id', requestId];
      addServedHeaders(headers, exchange.served);
      headers.push('server-timing', serverTiming(answer.timings));
      addHeaders(headers, parts.phase.headers);
      if (answer.headers !== undefined) headers.push(...answer.headers);
      return { status: 200, headers, body: answer.body };
    } catch (error) {
      const failure = toGatewayError(error, 'INTERNAL', 'the request failed by a fault of the gateway');
      const status = ERROR_STATUS[failure.code];
      recordOutcome(parts, exchange, { status, now: performance.now(), answer: null });
      tellFailure(parts, failure, status, exchange);
      const { contentType, body } = protocol.errorBody(failure, status, requestId);
      const headers = ['content-type', contentType, 'x-request-id', requestId];
      addServedHeaders(headers, exchange.served);
      addHeaders(headers, retryAfterHeader(status, failure.retryAfterSeconds));
      addHeaders(headers, connectionHeader(failure, call, parts.phase));
      return { status, headers, body };
    } finally {
      parts.deadlines.finish(deadline);
    }
  };
}

/**
 * Closes the connection of a client that stopped sending. One that still sends a body that is not read on is left to
 * the server, which closes it a moment after the answer: at once would reset it, and many clients would never see why.
 */
function connectionHeader(
  { code }: GatewayError,
  { body }: ModelCall,
  phase: PhaseHolder,
): Readonly<Record<string, string>> {
  const hasStopped = code === 'BODY_TIMEOUT' || (code === 'DEADLINE_EXCEEDED' && !body.readableEnded);
  return hasStopped ? { connection: 'close' } : phase.headers;
}

async function perform(
  route: ModelRoute,
  exchange: Exchange,
  { bodies, admission }: ModelHandlerParts,
): Promise<ModelAnswer> {
  const { call, deadline } = exchange;
  exchange.body = await readRequestBody(call, bodies, deadline);
  admission.enter();
  try {
    return await route.handle(exchange);
  } finally {
    admission.leave();
  }
}

type ExchangeParts = Pick<Exchange, 'call' | 'deadline' | 'startedAt' | 'requestId' | 'protocol'> & {
  readonly service: ServedModels;
};

/** One request on its way, as the protocol sees it and as it is told afterwards. */
class Exchange implements ModelRequest, EndedRequest {
  readonly protocol: string;
  readonly call: ModelCall;
  readonly deadline: Deadline;
  readonly startedAt: number;
  readonly requestId: string;
  /** Empty until it is complete. */
  body: Uint8Array = NOTHING;
  /** `null` before the version is chosen. */
  served: RoutedLease | null = null;
  readonly #service: ServedModels;
  /** The route that was asked for, in the path or elsewhere. */
  #route: string | null;

  constructor({ call, deadline, startedAt, requestId, protocol, service }: ExchangeParts) {
    this.protocol = protocol;
    this.call = call;
    this.deadline = deadline;
    this.startedAt = startedAt;
    this.requestId = requestId;
    this.#service = service;
    this.#route = call.model;
  }

  get model(): string | null {
    return this.#route;
  }

  get mediaType(): string {
    return mediaTypeOf(this.call.header('content-type'));
  }

  query(name: string): string | null {
    return this.call.query(name);
  }

  header(name: string): string | undefined {
    return this.call.header(name);
  }

  param(name: string): string | undefined {
    return this.call.param(name);
  }

  lease(route = this.model): Lease {
    this.#route = route;
    this.served = this.#service.lease(route);
    this.#route = this.served.route;
    return this.served.lease;
  }

  async leaseChosen(choice: VersionChoice, route = this.model): Promise<Lease> {
    this.#route = route;
    this.served = await leaseChosen(this.#service, route, choice);
    this.#route = this.served.route;
    return this.served.lease;
  }
}

const NOTHING = new Uint8Array(0);

function mediaTypeOf(header: string | undefined): string {
  return (header ?? '').split(';', 1)[0]!.trim().toLowerCase();
}

function addHeaders(headers: string[], more: Readonly<Record<string, string>>): void {
  for (const name in more) headers.push(name, more[name]!);
}
