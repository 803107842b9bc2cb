import { CheckedLoad } from './checked-load.ts';
import type { ExpectedAnswers } from './expected-answers.ts';
import { GatewayProcess, type ModelStatus } from './gateway-process.ts';
import { waitUntil } from './wait-until.ts';

/** By which pointer each route is followed. */
const routes = { stage: 'iris', alias: 'by-alias' } as const;
const pauseMs = 20;
/** Generous, because MLflow with accounts needs a third of a second of a core for each request. */
const timeoutMs = 60_000;

export type Followed = Readonly<Record<keyof typeof routes, string>>;

export interface FollowedGatewayOptions {
  readonly name: string;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly expected: ExpectedAnswers;
  readonly pollMs: number;
}

/** A gateway that serves "iris" by its stage and by its alias, with a light load on both routes that checks every answer. */
export class FollowedGateway {
  readonly name: string;
  readonly #options: FollowedGatewayOptions;
  readonly #past: CheckedLoad[] = [];
  #gateway: GatewayProcess;
  #loads: Readonly<Record<keyof typeof routes, CheckedLoad>>;

  private constructor(options: FollowedGatewayOptions, gateway: GatewayProcess) {
    this.name = options.name;
    this.#options = options;
    this.#gateway = gateway;
    this.#loads = startLoads(options.expected, gateway.origin);
  }

  /** @returns one that is ready @throws Error with its log if it does not become so */
  static async start(options: FollowedGatewayOptions): Promise<FollowedGateway> {
    return new FollowedGateway(options, await startReady(options));
  }

  /** Until both routes answer from these versions. */
  async follows(when: string, wanted: Followed): Promise<void> {
    const { stage, alias } = this.#loads;
    await waitUntil(`${this.name} follows: ${when}`, timeoutMs, async () => {
      return stage.version === wanted.stage && alias.version === wanted.alias;
    }).catch(async (error: unknown) => {
      const log = this.#gateway.process.logTail(20);
      throw new Error(`${String(error)}; stage ${stage.version}, alias ${alias.version}; its log:\n${log}`);
    });
  }

  status(pointer: keyof typeof routes): Promise<ModelStatus> {
    return this.#gateway.status(routes[pointer]);
  }

  /** Polls that failed since it was started. */
  failedPolls(): Promise<number> {
    return this.#gateway.metric('switchyard_registry_errors_total');
  }

  /** SIGTERM, and a new process on the same cache. @returns the exit code of the old one */
  async restart(): Promise<number | NodeJS.Signals> {
    const code = await this.stop();
    this.#gateway = await startReady(this.#options);
    this.#loads = startLoads(this.#options.expected, this.#gateway.origin);
    return code;
  }

  /** @returns the exit code */
  async stop(): Promise<number | NodeJS.Signals> {
    const loads = Object.values(this.#loads);
    await Promise.all(loads.map((load) => load.stop()));
    this.#past.push(...loads);
    return this.#gateway.stop();
  }

  /** Ends it at once, also if it is stopped already. */
  async kill(): Promise<void> {
    for (const load of Object.values(this.#loads)) void load.stop();
    this.#gateway.process.signalGroup('SIGKILL');
  }

  /** Of all its processes, once it is stopped. */
  get answers(): { readonly right: number; readonly bad: number; readonly problems: readonly string[] } {
    const sum = (count: (load: CheckedLoad) => number) =>
      this.#past.reduce((total, load) => total + count(load), 0);
    return {
      right: sum((load) => load.answered - load.wrong),
      bad: sum((load) => load.failed + load.wrong),
      problems: this.#past.flatMap((load) => load.problems),
    };
  }

  /** The versions that a route answered from, one after the other, as `1 → 2 → 1 | 1 → 2`: a bar is a restart. */
  path(pointer: keyof typeof routes): string {
    const own = this.#past.filter((_, index) => index % 2 === (pointer === 'stage' ? 0 : 1));
    return own.map((load) => load.switches.map((step) => step.to).join(' → ')).join(' | ');
  }
}

function startLoads(expected: ExpectedAnswers, origin: string) {
  const load = (route: string) =>
    new CheckedLoad({ origin, questions: expected.questions(route), connections: 1, pauseMs });
  return { stage: load(routes.stage), alias: load(routes.alias) };
}

async function startReady({
  directory,
  environment,
  pollMs,
}: FollowedGatewayOptions): Promise<GatewayProcess> {
  const gateway = await GatewayProcess.start({
    directory,
    environment: {
      SWITCHYARD_MODELS: `${routes.stage}=models:/iris/Production,${routes.alias}=models:/iris@champion`,
      SWITCHYARD_POLL_INTERVAL_MS: String(pollMs),
      ...environment,
    },
  });
  await gateway.waitUntilReady(timeoutMs * 2);
  return gateway;
}
