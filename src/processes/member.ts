import { messageOf } from '../errors.ts';
import type { StopOutcome } from '../http/graceful-stop.ts';
import type { MetricValues } from '../observability/metrics.ts';
import { type MemberEnd, MemberProcess, type MemberProcessOptions } from './member-process.ts';
import type { Edition, Flip, GroupState, MemberSettings, OpenPorts, Ports } from './messages.ts';
import { withPatience } from './with-patience.ts';

/** How long a member may take to tell what it has counted. */
const COUNT_PATIENCE_MS = 1_000;

/** Where a member stands. */
export type MemberPhase =
  /** The process is there, and knows nothing. */
  | 'starting'
  /** It loads what the others serve, and gets every decision already. */
  | 'joining'
  /** It answers requests. */
  | 'serving'
  | 'gone';

/** All that the other members do already. */
export interface GroupKnowledge {
  readonly editions: readonly Edition[];
  readonly flips: readonly Flip[];
  readonly state: GroupState;
}

/** One member on its way from its start to its end. */
export class Member {
  readonly #process: MemberProcess;
  readonly #startedAt = performance.now();
  /** What it was told and has not done yet. */
  readonly #loading = new Set<Promise<void>>();
  readonly #flipping = new Set<Promise<void>>();
  readonly #editions = new Set<number>();
  #phase: MemberPhase = 'starting';
  #lastCount: MetricValues | null = null;
  readonly ended: Promise<MemberEnd>;

  constructor(options: MemberProcessOptions) {
    this.#process = new MemberProcess(options);
    this.ended = this.#process.ended.then((end) => {
      this.#phase = 'gone';
      return end;
    });
  }

  get phase(): MemberPhase {
    return this.#process.hasEnded ? 'gone' : this.#phase;
  }

  /** Whether it was killed from here, so that its end says nothing about what it did at that moment. */
  get wasKilled(): boolean {
    return this.#process.wasKilled;
  }

  /** `null` if the process could not be started. */
  get pid(): number | null {
    return this.#process.pid;
  }

  get ageMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** What it had counted when it answered that last; `null` if it never did. */
  get lastCount(): MetricValues | null {
    return this.#lastCount;
  }

  /**
   * Resolves once the member does all that the others do. From its first answer on it also gets what is decided then.
   *
   * @param knowledge asked once the process is there.
   * @throws GatewayError if the process cannot start.
   */
  async join(settings: MemberSettings, knowledge: () => GroupKnowledge): Promise<void> {
    await this.#process.call('start', settings);
    this.#phase = 'joining';
    const { editions, flips, state } = knowledge();
    for (const edition of editions) void this.load(edition).catch(() => {}); // if it is needed, its flip fails
    for (const flip of flips) this.flip(flip);
    this.tell(state);
    while (this.#loading.size + this.#flipping.size > 0)
      await Promise.all([...this.#loading, ...this.#flipping]);
  }

  /** @throws GatewayError INVALID_SETTING if an address cannot be listened on. */
  async listen(ports: Ports): Promise<OpenPorts> {
    const open = await this.#process.call('listen', ports);
    this.#phase = 'serving';
    return open;
  }

  /** Resolves once its event loop turns. @throws GatewayError if it ends first. */
  async answers(): Promise<void> {
    await this.#process.call('ping', null);
  }

  /** Whether it was told to load this edition. */
  hasEdition(id: number): boolean {
    return this.#editions.has(id);
  }

  /** @throws GatewayError as `InferenceLoader.load`; LOAD_CRASHED if the process ends first. */
  load(edition: Edition): Promise<void> {
    this.#editions.add(edition.id);
    return track(this.#loading, this.#process.call('load', edition));
  }

  /** A member that cannot do it is killed: its answers would be of another version than the others'. */
  flip(flip: Flip): void {
    track(this.#flipping, this.#process.call('flip', flip)).catch((error: Error) =>
      this.kill(`could not serve what the others serve: ${messageOf(error.cause ?? error)}`),
    );
  }

  tell(state: GroupState): void {
    void track(this.#flipping, this.#process.call('tell', state)).catch(() => {}); // its end is told by `ended`
  }

  /** Resolves after the edition's last lease, or when the process has ended. */
  async retire(id: number): Promise<void> {
    this.#editions.delete(id);
    await this.#process.call('retire', id).catch(() => {}); // nothing is left of it in a process that has ended
  }

  /** Resolves once every flip that was told so far is done, or has failed; loads go on. */
  async settled(): Promise<void> {
    await Promise.all(this.#flipping);
  }

  /** Brings `lastCount` up to date; gives that up after a second. */
  async count(): Promise<void> {
    const counted = this.#process.call('count', null).then(
      (values) => {
        this.#lastCount = values;
      },
      () => {}, // its end is told by `ended`
    );
    await withPatience(counted, COUNT_PATIENCE_MS);
  }

  /** Ends it as contract 4.5 says, or by force after `limitMs`. */
  async stop(limitMs: number): Promise<StopOutcome> {
    void this.#process.call('stop', null).catch(() => {}); // its exit code is the answer
    const timer = setTimeout(() => this.kill('did not stop and was killed'), limitMs);
    const { code, signal } = await this.ended;
    clearTimeout(timer);
    if (code === 0) return 'drained';
    return signal === 'SIGKILL' ? 'stuck' : 'cut-off';
  }

  /** @param why in words that follow "the process". */
  kill(why: string): void {
    this.#process.kill(why);
  }
}

/** Keeps `work` in `running` until it has ended. @returns `work` */
function track(running: Set<Promise<void>>, work: Promise<void>): Promise<void> {
  const ended = work.then(
    () => {},
    () => {}, // whoever gets `work` is told
  );
  running.add(ended);
  void ended.then(() => running.delete(ended));
  return work;
}
