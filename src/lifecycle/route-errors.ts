import { GatewayError } from '../errors.ts';
import { findIntended } from '../model/misspelling.ts';
import { showName } from '../model/shown-name.ts';

const SHOWN_NAMES = 10;

/** A request without a model name where there is no default model. @param routes all that are served. */
export function noDefaultModel(routes: readonly string[]): GatewayError {
  const names = listNames(routes);
  return new GatewayError(
    'MODEL_AMBIGUOUS',
    `no default model is set, so name one: POST /models/{model}/predict${names === '' ? '' : ` with ${names}`}; ` +
      'or set SWITCHYARD_DEFAULT_MODEL',
  );
}

/** A request for a name that no route has. @param routes all that are served. */
export function unknownRoute(name: string, routes: readonly string[]): GatewayError {
  return new GatewayError(
    'MODEL_NOT_FOUND',
    `no model is served under the name ${quote(name)}; ${advise(name, routes)}`,
  );
}

/** A request for a route that no version serves. @param retryAfterMs when one may. */
export function noVersionReady(route: string, retryAfterMs: number): GatewayError {
  return new GatewayError(
    'MODEL_NOT_READY',
    `model "${route}" has no version ready to serve; see GET /models/${encodeURIComponent(route)}`,
    { retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1000)) },
  );
}

/** Nothing is loaded or swapped any more. */
export function shuttingDown(): GatewayError {
  return new GatewayError('SHUTTING_DOWN', 'the server is shutting down');
}

/** What a caller that asked for an unknown route can do. */
function advise(name: string, routes: readonly string[]): string {
  const names = listNames(routes);
  if (names === '') return 'none is known yet';
  const intended = findIntended(name, routes);
  return `there are ${names}${intended === null ? '' : `; did you mean ${quote(intended)}?`}`;
}

function listNames(routes: readonly string[]): string {
  const shown = routes.slice(0, SHOWN_NAMES).map(quote).join(', ');
  return routes.length > SHOWN_NAMES ? `${shown} and ${routes.length - SHOWN_NAMES} more` : shown;
}

function quote(name: string): string {
  return `"${showName(name)}"`;
}
