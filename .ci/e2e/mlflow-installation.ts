import { join } from 'node:path';
import type { OwnedProcess } from './child-process.ts';
import { type Image, Pod } from './container.ts';
import type { Manifests } from './manifests.ts';
import { ObjectStore } from './object-store.ts';
import { PostgresServer } from './postgres-server.ts';
import { waitUntil } from './wait-until.ts';

const deployment = 'Deployment/mlflow';
const job = 'Job/mlflow-setup';

export interface InstallationParts {
  readonly manifests: Manifests;
  readonly image: Image;
  readonly directory: string;
}

/**
 * k8s/mlflow as it is, in a network where the names of its Services lead to loopback: each container of MLflow with its own
 * command, settings, secrets and user, beside Debian's PostgreSQL and moto.
 */
export class MlflowInstallation {
  readonly #parts: InstallationParts;
  readonly #server: Pod;
  readonly #owned: OwnedProcess[] = [];
  readonly #postgres: PostgresServer;
  readonly #objects: ObjectStore;
  #jobs = 0;

  private constructor(parts: InstallationParts, postgres: PostgresServer, objects: ObjectStore) {
    this.#parts = parts;
    this.#server = new Pod(join(parts.directory, 'server'), parts.image);
    this.#postgres = postgres;
    this.#objects = objects;
  }

  /** Starts PostgreSQL and the object store, both empty. */
  static async create(parts: InstallationParts): Promise<MlflowInstallation> {
    const { manifests, directory } = parts;
    const { POSTGRES_PASSWORD = '' } = manifests.container(
      'StatefulSet/mlflow-postgres',
      'postgres',
    ).environment;
    const superuser = { name: 'postgres', password: POSTGRES_PASSWORD };
    const postgres = await PostgresServer.create({ superuser, port: 5432 });
    return new MlflowInstallation(parts, postgres, await ObjectStore.start(directory, 8333));
  }

  /** A container of the server's pod, which has the same volumes as the others. */
  async startOfServer(name: string): Promise<OwnedProcess> {
    const container = await this.#server.start(this.#parts.manifests.container(deployment, name));
    this.#owned.push(container);
    return container;
  }

  /** Resolves once its readiness probe is answered; where the kubelet asks, without a name that MLflow knows. */
  async waitUntilReady(mlflow: OwnedProcess): Promise<void> {
    const containers = this.#parts.manifests.pod(deployment).containers;
    const probe = containers.find(({ name }) => name === 'mlflow')?.readinessProbe?.httpGet;
    await waitUntil('MLflow answers its readiness probe', 90_000, async () => {
      if (mlflow.hasExited) throw new Error(`MLflow ended:\n${mlflow.logTail()}`);
      const headers = { host: '100.64.0.1:5000' };
      const answer = await fetch(`http://127.0.0.1:5000${probe?.path}`, { headers }).catch(() => null);
      await answer?.text();
      return answer?.status === 200;
    });
  }

  /** A pod of the setup Job: runs one of its containers. */
  newJob(): (name: string) => Promise<string> {
    const { manifests, image, directory } = this.#parts;
    const pod = new Pod(join(directory, `job-${++this.#jobs}`), image);
    return (name) => pod.run(manifests.container(job, name));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#owned.map((process) => process.stopGroup()));
    await Promise.all([this.#objects.stop(), this.#postgres.remove()]);
  }
}
