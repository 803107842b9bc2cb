import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { ExpectedAnswers } from './expected-answers.ts';
import { FollowedGateway } from './followed-gateway.ts';
import type { Account } from './mlflow-admin.ts';
import { MlflowServer, type MlflowServerOptions, reader } from './mlflow-server.ts';
import { PostgresServer } from './postgres-server.ts';
import { refusalOf } from './refused-gateway.ts';
import { followLifecycle, type RegistryLifecycle } from './registry-lifecycle.ts';
import type { Report } from './report.ts';

const pollMs = 400;

/** A stopped MLflow 3 on SQLite with "iris" in it, to make further ones of. */
export interface Registered {
  readonly directory: string;
  readonly expected: ExpectedAnswers;
}

/** One server with its stores, what stands before it, and the gateways that follow it; `close` ends all of them. */
export class ServerRow {
  readonly name: string;
  readonly report: Report;
  readonly directory: string;
  readonly #closing: (() => Promise<unknown>)[] = [];
  #refusals = 0;
  #outcome = '';

  constructor(name: string, report: Report, directory: string) {
    this.name = name;
    this.report = report;
    this.directory = directory;
  }

  /** What the table says of it. */
  get outcome(): string {
    return this.#outcome;
  }

  /** Has `close` stop it, last in, first out. */
  owns<T>(thing: T, close: (thing: T) => Promise<unknown>): T {
    this.#closing.unshift(() => close(thing));
    return thing;
  }

  async close(): Promise<void> {
    for (const close of this.#closing.splice(0)) await close();
  }

  async startPostgres(): Promise<PostgresServer> {
    return this.owns(await PostgresServer.create(), (server) => server.remove());
  }

  async startMlflow(options: Omit<MlflowServerOptions, 'directory'>): Promise<MlflowServer> {
    const server = await MlflowServer.create({ directory: join(this.directory, 'mlflow'), ...options });
    return this.owns(server, () => server.stop());
  }

  /** An MLflow 3 that begins with what was registered elsewhere. */
  async startCopy(
    of: Registered,
    options: Omit<MlflowServerOptions, 'directory' | 'major'>,
  ): Promise<MlflowServer> {
    await cp(of.directory, join(this.directory, 'mlflow'), { recursive: true });
    return await this.startMlflow({ major: '3', ...options });
  }

  /** Lets gateways follow the server through its whole life cycle, one for each environment. */
  async follow(
    server: MlflowServer,
    expected: ExpectedAnswers,
    environments: Readonly<Record<string, Readonly<Record<string, string>>>>,
    outage?: RegistryLifecycle['outage'],
  ): Promise<void> {
    const { name, report } = this;
    const version = await server.admin.version();
    const gateways = await Promise.all(
      Object.entries(environments).map(([gateway, environment]) => {
        const directory = join(this.directory, gateway);
        return FollowedGateway.start({ name: gateway, directory, environment, expected, pollMs });
      }),
    );
    for (const gateway of gateways) this.owns(gateway, () => gateway.kill());
    await followLifecycle({ name, report, server, gateways, ...(outage === undefined ? {} : { outage }) });
    const answers = gateways.reduce((sum, gateway) => sum + gateway.answers.right, 0);
    this.#outcome = `MLflow ${version}: ${gateways.length} gateways, ${answers} answers right`;
  }

  /** A gateway with this environment must not serve, and say so. */
  async refuses(
    when: string,
    environment: Readonly<Record<string, string>>,
    code: string,
    message: RegExp,
  ): Promise<string> {
    this.#refusals += 1;
    const said = await refusalOf(join(this.directory, `refused-${this.#refusals}`), environment);
    const isRight = said.code === code && message.test(said.message);
    this.report.check(`${this.name}: ${when}: ${code}: ${said.message}`, isRight, `not as ${message}`);
    return said.message;
  }
}

/** Registers "iris" with MLflow's own client and points both pointers at version 1. */
export async function registerIris(server: MlflowServer): Promise<ExpectedAnswers> {
  const expected = await ExpectedAnswers.read(await server.register());
  await server.admin.moveStage('iris', '1');
  await server.admin.moveAlias('iris', 'champion', '1');
  return expected;
}

/** Proves which rights a gateway needs: with READ on model and experiment it follows, with one less it says which. */
export async function checkRights(row: ServerRow, server: MlflowServer): Promise<void> {
  const { admin } = server;
  const experiment = { kind: 'experiment', id: await admin.experimentId('iris') } as const;
  const model = { kind: 'registered_model', name: 'iris' } as const;
  const modelOnly: Account = { username: 'model-only', password: 'reads-no-artifacts' };
  const experimentOnly: Account = { username: 'experiment-only', password: 'reads-no-models' };
  for (const account of [modelOnly, experimentOnly]) await admin.createAccount(account);
  await admin.grant(modelOnly, model, 'READ');
  await admin.grant(experimentOnly, experiment, 'READ');
  await row.refuses(
    'READ on the model alone',
    server.environmentOf(modelOnly),
    'ARTIFACT_FORBIDDEN',
    new RegExp(`model "iris".*READ on experiment ${experiment.id}`),
  );
  await row.refuses(
    'READ on the experiment alone',
    server.environmentOf(experimentOnly),
    'REGISTRY_FORBIDDEN',
    /model "iris".*READ/,
  );
  await admin.grant(reader, model, 'READ');
  await admin.grant(reader, experiment, 'READ');
}
