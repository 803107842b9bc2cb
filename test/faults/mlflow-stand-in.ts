import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join, resolve } from 'node:path';
import { type HttpServer, startHttpServer } from '../fakes/http-server.ts';
import { API, mlflowArtifactAnswers } from '../fakes/mlflow-artifact-answers.ts';
import { HTML_404 } from '../registry/mlflow/fake-mlflow-server.ts';
import { FakeModelStore } from '../registry/mlflow/fake-model-store.ts';

const FIXTURES = resolve(import.meta.dirname, '../../models-fixtures');

/** A registry and a store of artifacts in one server, as MLflow is: every answer is as recorded, nothing is slow. */
export class MlflowStandIn {
  readonly store = new FakeModelStore();
  /** Path below the store → content. */
  readonly files = new Map<string, Uint8Array>();
  readonly #server: HttpServer;

  private constructor(server: HttpServer) {
    this.#server = server;
  }

  static async start(): Promise<MlflowStandIn> {
    let standIn: MlflowStandIn | null = null;
    const server = await startHttpServer((request, response) => void standIn?.answer(request, response));
    standIn = new MlflowStandIn(server);
    return standIn;
  }

  get uri(): string {
    return this.#server.origin;
  }

  /** Registers the next version of a model with the files of a fixture (`iris/1`). @returns its number. */
  async register(name: string, fixture: string): Promise<number> {
    const number = Math.max(0, ...this.store.add(name, 1).versions.keys());
    this.store.version(name, number).downloadUri = `mlflow-artifacts:/${folderOf(number)}`;
    await this.restore(number, fixture);
    return number;
  }

  /** Puts the files of a fixture into the place of a version, again or anew. */
  async restore(number: number, fixture: string): Promise<void> {
    const directory = join(FIXTURES, fixture);
    for (const file of await readdir(directory)) {
      this.files.set(this.pathOf(number, file), await readFile(join(directory, file)));
    }
  }

  /** Moves Production there, and archives what was in it. */
  promote(name: string, number: number): void {
    for (const version of this.store.models.get(name)?.versions.values() ?? []) {
      if (version.stage === 'Production' && version.number !== number)
        this.store.setStage(name, version.number, 'Archived');
    }
    this.store.setStage(name, number, 'Production');
  }

  /** Path below the store of one file of a version. */
  pathOf(number: number, file: string): string {
    return `${folderOf(number)}/${file}`;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.uri);
    if (url.pathname.includes(API)) {
      mlflowArtifactAnswers(this.files, '3.17.2')(request, response);
      return;
    }
    const body = Buffer.concat(await request.toArray()).toString();
    const query = Object.fromEntries(url.searchParams);
    const seen = { method: request.method ?? '', path: url.pathname, query, headers: request.headers, body };
    const answer = await this.store.handler(seen);
    const isJson = answer !== null && typeof answer.body !== 'string';
    response.writeHead(answer?.status ?? 404, { 'content-type': isJson ? 'application/json' : 'text/html' });
    response.end(isJson ? JSON.stringify(answer.body) : String(answer?.body ?? HTML_404));
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}

function folderOf(number: number): string {
  return `4/models/m-${String(number).padStart(32, '0')}/artifacts`;
}
