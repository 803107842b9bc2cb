import { type GatewayError, toGatewayError } from '../errors.ts';
import type { Secret } from '../model/secret.ts';
import { showName } from '../model/shown-name.ts';
import type { Log } from '../observability/log.ts';
import type { InfoAnswer, InfoRequest, InfoRoute, Protocol } from '../protocols/protocol.ts';
import type { BodyReader } from './body-reader.ts';
import { ERROR_STATUS, retryAfterHeader } from './error-status.ts';
import { type HttpContext, headerOf } from './http-env.ts';
import { callOfContext } from './model-call.ts';
import { authorizeOperator } from './operator-auth.ts';
import { readRequestBody } from './request-body.ts';
import type { RequestDeadlines } from './request-deadlines.ts';
import { requestIdOf } from './request-id.ts';
import type { RouteTable } from './route-table.ts';
import type { PhaseHolder } from './serving-phase.ts';

export interface InfoRoutesParts {
  readonly bodies: BodyReader;
  readonly deadlines: RequestDeadlines;
  readonly phase: PhaseHolder;
  readonly log: Log;
  /** `null`: what needs an operator is closed. */
  readonly adminToken: Secret | null;
}

/** The routes of a protocol that run no model; their errors have the protocol's shape. */
export function addInfoRoutes(routes: RouteTable, protocol: Protocol, parts: InfoRoutesParts): void {
  for (const route of protocol.infoRoutes) {
    routes.addRaw(route.method, route.path, (context) => answer(route, protocol, parts, context));
  }
}

async function answer(
  route: InfoRoute,
  protocol: Protocol,
  parts: InfoRoutesParts,
  context: HttpContext,
): Promise<Response> {
  const requestId = requestIdOf(headerOf(context, 'x-request-id'));
  try {
    if (route.needsOperator) authorizeOperator(parts.adminToken, headerOf(context, 'authorization'));
    const given = await route.handle(requestOf(context, parts));
    if (route.needsOperator) audit(parts.log, context, requestId, { outcome: 'done' });
    return respond(given, requestId, parts.phase.headers);
  } catch (thrown) {
    const error = toGatewayError(thrown, 'INTERNAL', 'the request failed by a fault of the gateway');
    const { code, message: reason } = error;
    if (route.needsOperator) audit(parts.log, context, requestId, { outcome: 'refused', code, reason });
    return refuse(error, protocol, parts, requestId);
  }
}

/** As every call of an operator, one through a protocol leaves its line, a refused one too. */
function audit(
  log: Log,
  context: HttpContext,
  requestId: string,
  fields: { readonly outcome: string; readonly code?: string; readonly reason?: string },
): void {
  const path = showName(context.req.path);
  log.audit('operator', `${path} by an operator: ${fields.outcome}`, { action: path, requestId, ...fields });
}

function requestOf(context: HttpContext, { bodies, deadlines }: InfoRoutesParts): InfoRequest {
  const call = callOfContext(context);
  return {
    param: (name) => (name === 'model' ? (call.model ?? undefined) : call.param(name)),
    query: call.query,
    header: call.header,
    readBody: async () => {
      const deadline = deadlines.begin(performance.now(), call.outgoing);
      try {
        return await readRequestBody(call, bodies, deadline);
      } finally {
        deadlines.finish(deadline);
      }
    },
  };
}

function refuse(
  error: GatewayError,
  protocol: Protocol,
  { log, phase }: InfoRoutesParts,
  requestId: string,
): Response {
  const status = ERROR_STATUS[error.code];
  if (error.code === 'INTERNAL') log.error('request-failed', error.message, { requestId, err: error.cause });
  const answer = { status, ...protocol.errorBody(error, status, requestId) };
  return respond(answer, requestId, {
    ...retryAfterHeader(status, error.retryAfterSeconds),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...phase.headers,
  });
}

function respond(
  { status = 200, contentType, body }: InfoAnswer,
  requestId: string,
  headers: Readonly<Record<string, string>>,
): Response {
  return new Response(body, {
    status,
    headers: { 'content-type': contentType, 'x-request-id': requestId, ...headers },
  });
}
