import type { Metadata } from '@grpc/grpc-js';
import { GatewayError } from '../errors.ts';
import { authorizeOperator } from '../http/operator-auth.ts';
import type { Secret } from '../model/secret.ts';
import type { InfoRoute, Protocol } from '../protocols/protocol.ts';

export interface InfoQuestion {
  readonly method: 'GET' | 'POST';
  /** As `InfoRoute.path`. */
  readonly path: string;
  /** What stands for the names in the path. */
  readonly params?: Readonly<Record<string, string>>;
  /** The body, as what JSON writes; default: none. */
  readonly body?: unknown;
  readonly metadata: Metadata;
}

/**
 * Asks what the protocol tells over HTTP, so that both doors tell the same: the JSON of the Open Inference Protocol has
 * the names of its gRPC messages.
 */
export class InfoCalls {
  readonly #routes: ReadonlyMap<string, InfoRoute>;
  readonly #adminToken: Secret | null;

  constructor({ infoRoutes }: Pick<Protocol, 'infoRoutes'>, adminToken: Secret | null) {
    this.#routes = new Map(infoRoutes.map((route) => [`${route.method} ${route.path}`, route]));
    this.#adminToken = adminToken;
  }

  /** @throws GatewayError as the route; UNAUTHENTICATED, FORBIDDEN for what only operators may; NOT_IMPLEMENTED. */
  async ask({ method, path, params = {}, body, metadata }: InfoQuestion): Promise<unknown> {
    const route = this.#routes.get(`${method} ${path}`);
    if (route === undefined) throw new GatewayError('NOT_IMPLEMENTED', 'this server does not tell that');
    const header = (name: string) => metadata.get(name)[0]?.toString();
    if (route.needsOperator) authorizeOperator(this.#adminToken, header('authorization'));
    const answer = await route.handle({
      param: (name) => params[name],
      query: () => null,
      header,
      readBody: async () => Buffer.from(body === undefined ? '' : JSON.stringify(body)),
    });
    return answer.body === '' ? {} : JSON.parse(answer.body);
  }
}
