import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Client, type ClientReadableStream, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { loadServiceDefinitions } from '../../src/grpc/service-definitions.ts';

const CERTIFICATE = resolve(import.meta.dirname, '../fixtures/tls/first.crt');

export interface UnaryAnswer {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the method answers
  readonly value: any;
  /** Of the answer's beginning. */
  readonly metadata: Metadata;
}

/** A client of one gateway's services, with the library's own marshalling. */
export class GrpcTestClient implements Disposable {
  readonly #client: Client;
  readonly #definitions = loadServiceDefinitions();

  constructor(address: string, { tls = false } = {}) {
    const secure = () => credentials.createSsl(readFileSync(CERTIFICATE));
    this.#client = new Client(address, tls ? secure() : credentials.createInsecure());
  }

  call(
    method: string,
    request: object,
    metadata: Record<string, string> = {},
    options: { deadline?: Date } = {},
  ): Promise<UnaryAnswer> {
    const { path, requestSerialize, responseDeserialize } = this.#methodOf(method);
    const sent = metadataOf(metadata);
    return new Promise((answer, refuse) => {
      let received = new Metadata();
      this.#client
        .makeUnaryRequest(
          path,
          requestSerialize as never,
          responseDeserialize as never,
          request,
          sent,
          options,
          (error: ServiceError | null, value?: unknown) => {
            if (error) refuse(error);
            else answer({ value, metadata: received });
          },
        )
        .on('metadata', (given) => {
          received = given;
        });
    });
  }

  watch(method: string, request: object): ClientReadableStream<unknown> {
    const { path, requestSerialize, responseDeserialize } = this.#methodOf(method);
    return this.#client.makeServerStreamRequest(
      path,
      requestSerialize as never,
      responseDeserialize as never,
      request,
    );
  }

  stream(method: string, metadata: Record<string, string> = {}) {
    const { path, requestSerialize, responseDeserialize } = this.#methodOf(method);
    const sent = metadataOf(metadata);
    return this.#client.makeBidiStreamRequest(
      path,
      requestSerialize as never,
      responseDeserialize as never,
      sent,
    );
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  #methodOf(name: string): MethodDefinition<object, object> {
    const { health, inference } = this.#definitions;
    const definition = { ...health, ...inference }[name];
    if (definition === undefined) throw new Error(`no method ${name}`);
    return definition as never;
  }
}

function metadataOf(entries: Record<string, string>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(entries)) metadata.set(name, value);
  return metadata;
}
