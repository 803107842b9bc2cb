import { z } from 'zod';
import { GatewayError, toGatewayError } from '../errors.ts';
import { Deadline } from '../inference/deadline.ts';
import type { OperatorOutcome } from '../lifecycle/operator-actions.ts';
import type { ServedModels } from '../lifecycle/served-models.ts';
import type { Secret } from '../model/secret.ts';
import { showName } from '../model/shown-name.ts';
import type { Log } from '../observability/log.ts';
import { decodeUtf8, parseExactJson } from '../protocols/exact-json.ts';
import type { BodyReader } from './body-reader.ts';
import { type HttpContext, headerOf } from './http-env.ts';
import { jsonAnswer } from './json-answer.ts';
import { callOfContext } from './model-call.ts';
import { authorizeOperator } from './operator-auth.ts';
import { readRequestBody } from './request-body.ts';
import type { RouteTable } from './route-table.ts';
import type { PhaseHolder } from './serving-phase.ts';

export interface OperatorRoutesParts {
  readonly service: ServedModels;
  readonly bodies: BodyReader;
  readonly phase: PhaseHolder;
  /** `null`: the routes are closed. */
  readonly adminToken: Secret | null;
  readonly log: Log;
}

type Operation = (route: string, context: HttpContext) => Promise<OperatorOutcome>;

const pinBody = z.strictObject({
  version: z.string().regex(/^\d{1,18}$/, 'has to be a version number as a text, e.g. "7"'),
});

/** What operators may do with a model (contract 4.4). Every call leaves an audit line, a refused one too. */
export function addOperatorRoutes(routes: RouteTable, parts: OperatorRoutesParts): void {
  const { operations } = parts.service;
  const operate = (action: string, run: Operation) => {
    return (context: HttpContext, requestId: string) => perform(parts, { action, run, context, requestId });
  };
  routes.add(
    'POST',
    '/models/:model/rollback',
    operate('rollback', (route) => operations.rollback(route)),
  );
  routes.add(
    'POST',
    '/models/:model/refresh',
    operate('refresh', (route) => operations.refresh(route)),
  );
  routes.add(
    'DELETE',
    '/models/:model/pin',
    operate('unpin', (route) => operations.unpin(route)),
  );
  routes.add(
    'PUT',
    '/models/:model/pin',
    operate('pin', async (route, context) =>
      operations.pin(route, await readPinnedVersion(context, parts.bodies)),
    ),
  );
}

interface OperatorCall {
  readonly action: string;
  readonly run: Operation;
  readonly context: HttpContext;
  readonly requestId: string;
}

async function perform(parts: OperatorRoutesParts, call: OperatorCall): Promise<Response> {
  const { service, log } = parts;
  const { action, context, requestId } = call;
  const model = context.req.param('model') ?? '';
  const audit = (outcome: string, details: Readonly<Record<string, unknown>>) =>
    log.audit('operator', `${action} of "${showName(model)}" by an operator: ${outcome}`, {
      action,
      model: showName(model),
      outcome,
      requestId,
      ...details,
    });
  try {
    authorizeOperator(parts.adminToken, headerOf(context, 'authorization'));
    if (parts.phase.phase === 'draining')
      throw new GatewayError('SHUTTING_DOWN', 'the server is shutting down');
    const { name } = service.status(model);
    const outcome = await call.run(name, context);
    const status = service.status(name);
    audit(outcome, { current: status.current?.version ?? null });
    return jsonAnswer(outcome === 'done' ? 200 : 202, status);
  } catch (error) {
    const { code, message } = toGatewayError(error, 'INTERNAL', 'a fault of the gateway');
    audit('refused', { code, reason: message });
    throw error;
  }
}

async function readPinnedVersion(context: HttpContext, bodies: BodyReader): Promise<string> {
  const body = parseExactJson(
    decodeUtf8(await readRequestBody(callOfContext(context), bodies, Deadline.NEVER)),
  );
  const parsed = pinBody.safeParse(body);
  if (parsed.success) return parsed.data.version;
  throw new GatewayError('INVALID_INPUT', 'send {"version":"7"}', {
    problems: parsed.error.issues.map((issue) => ({
      pointer: issue.path.map((key) => `/${String(key)}`).join(''),
      detail:
        issue.code === 'unrecognized_keys'
          ? `the body has an unknown key "${showName(issue.keys[0] ?? '')}"`
          : issue.message,
    })),
  });
}
