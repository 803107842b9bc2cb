import { GatewayError, messageOf } from '../errors.ts';
import type { StopOutcome } from '../http/graceful-stop.ts';
import type { ModelVersion } from '../model/model-version.ts';
import type { MetricValues } from '../observability/metrics.ts';
import { untilAborted } from '../until-aborted.ts';
import type { Handlers } from './channel.ts';
import { type GroupKnowledge, Member, type MemberPhase } from './member.ts';
import type { CoordinatorCalls, Edition, GroupState, MemberSettings, OpenPorts, Ports } from './messages.ts';
import { withPatience } from './with-patience.ts';

/** A member whose event loop stands still for so many seconds is killed. Longer than any body takes to be parsed. */
const PATIENCE_PINGS = 30;
const FIRST_RESTART_DELAY_MS = 100;
const MAX_RESTART_DELAY_MS = 30_000;
/** Who has lived so long was not started in vain. */
const STABLE_AFTER_MS = 60_000;
/** What the stop of a member may take beyond its shutdown delay and drain limit. */
const STOP_MARGIN_MS = 5_000;
/** How long a caller waits for all members to have done what was decided. */
const SETTLE_PATIENCE_MS = 2_000;

export interface ProcessGroupParts {
  readonly size: number;
  readonly settings: MemberSettings;
  readonly handlers: Handlers<CoordinatorCalls>;
  /** All that is known of the models, for a member that knows nothing yet. */
  readonly fullState: () => GroupState;
  /** Told of each member that answers requests from now on. */
  readonly onServing: (pid: number) => void;
  /** Told of each member that ended without being asked to. @param restartInMs when another one takes its place. */
  readonly onLost: (pid: number | null, how: string, restartInMs: number) => void;
  /** Told what a member that is gone had counted when it was asked last. */
  readonly onCountLost: (values: MetricValues) => void;
  /** Told of a version whose load killed a serving member. Resolves once that is remembered. */
  readonly onDeath: (version: ModelVersion) => Promise<void>;
  /** As `MemberProcessOptions`; default 30. */
  readonly patiencePings?: number;
  /** As `MemberProcessOptions`. */
  readonly entry?: URL;
}

/**
 * The members, as many as were asked for: one that ends is replaced, and the new one answers requests only once it has
 * loaded what serves.
 *
 * Invariant: a route is flipped to an edition only after every serving member has loaded it.
 */
export class ProcessGroup {
  readonly #parts: ProcessGroupParts;
  readonly #members = new Set<Member>();
  readonly #restarts = new Set<NodeJS.Timeout>();
  /** The editions that are not given up, and which of them each route answers with. */
  readonly #editions = new Map<number, Edition>();
  readonly #flipped = new Map<string, number>();
  #ports: Ports | null = null;
  #restartDelayMs = FIRST_RESTART_DELAY_MS;
  #isStopping = false;

  constructor(parts: ProcessGroupParts) {
    this.#parts = parts;
  }

  /**
   * Starts all members.
   *
   * @param ports no 0, since all need the same.
   * @returns where they listen.
   * @throws GatewayError INVALID_SETTING if an address cannot be listened on, or why else a member could not start.
   */
  async open(ports: Ports): Promise<OpenPorts> {
    this.#ports = ports;
    const members = Array.from({ length: this.#parts.size }, () => this.#fork());
    const [first] = await Promise.all(members.map((member) => this.#bringIn(member, ports)));
    for (const member of members) void this.#replaceAtEnd(member); // ends with the group
    return first!;
  }

  /**
   * Loads an edition in every serving member: first in one, so that a version that kills its process kills only one.
   *
   * @throws GatewayError as `InferenceLoader.load`; LOAD_CRASHED if a member dies of it. Nothing is left of the edition then.
   */
  async load(edition: Edition, signal: AbortSignal): Promise<void> {
    const { id } = edition;
    this.#editions.set(id, edition);
    try {
      const first = await untilAborted(this.#firstToAnswer(), signal);
      await untilAborted(this.#loadIn(first, edition, false), signal);
      for (const member of this.#in('joining')) {
        if (!member.hasEdition(id)) void member.load(edition).catch(() => {}); // if it is needed, its flip fails
      }
      const others = this.#in('serving').filter((member) => !member.hasEdition(id));
      await untilAborted(Promise.all(others.map((member) => this.#loadIn(member, edition, true))), signal);
    } catch (error) {
      void this.retire(id); // never rejects
      throw error;
    }
  }

  /**
   * From here on the route answers with this edition everywhere; `null`: with none.
   *
   * @returns resolves as `settled`.
   */
  flip(route: string, id: number | null): Promise<void> {
    if (id === null) this.#flipped.delete(route);
    else this.#flipped.set(route, id);
    for (const member of this.#in('serving', 'joining')) member.flip({ route, id });
    return this.settled();
  }

  /** Gives an edition up. Resolves after its last lease in every member. */
  async retire(id: number): Promise<void> {
    this.#editions.delete(id);
    await null; // a flip to what takes its place goes first: it is told in the same turn
    await Promise.all(this.#in('serving', 'joining').map((member) => member.retire(id)));
  }

  tell(state: GroupState): void {
    for (const member of this.#in('serving', 'joining')) member.tell(state);
  }

  /** Resolves once every serving member has flipped as it was told, or after two seconds. */
  async settled(): Promise<void> {
    const settled = this.#in('serving').map((member) => member.settled());
    await withPatience(Promise.all(settled), SETTLE_PATIENCE_MS);
  }

  /** What each member has counted; of those that are gone by then, `onCountLost` has told it. */
  async count(): Promise<readonly MetricValues[]> {
    const members = this.#in('serving', 'joining');
    await Promise.all(members.map((member) => member.count()));
    const counts = members.filter(({ phase }) => phase !== 'gone').map(({ lastCount }) => lastCount);
    return counts.filter((values) => values !== null);
  }

  /** Ends every member as contract 4.5 says. */
  async stop(): Promise<StopOutcome> {
    const { shutdownDelayMs, drainTimeoutMs } = this.#parts.settings;
    this.#endRestarts();
    const limitMs = shutdownDelayMs + drainTimeoutMs + STOP_MARGIN_MS;
    const outcomes = await Promise.all([...this.#members].map((member) => member.stop(limitMs)));
    return (['stuck', 'cut-off'] as const).find((outcome) => outcomes.includes(outcome)) ?? 'drained';
  }

  /** Kills whatever is left. */
  async close(): Promise<void> {
    this.#endRestarts();
    const left = [...this.#members];
    for (const member of left) member.kill('was ended with the group');
    await Promise.all(left.map((member) => member.ended));
  }

  #in(...phases: readonly MemberPhase[]): readonly Member[] {
    return [...this.#members].filter((member) => phases.includes(member.phase));
  }

  #endRestarts(): void {
    this.#isStopping = true;
    for (const timer of this.#restarts) clearTimeout(timer);
  }

  #fork(): Member {
    const { onCountLost } = this.#parts;
    const member = new Member({ patiencePings: PATIENCE_PINGS, ...this.#parts });
    this.#members.add(member);
    void member.ended.then(() => {
      this.#members.delete(member);
      if (member.lastCount !== null) onCountLost(member.lastCount);
    });
    return member;
  }

  async #bringIn(member: Member, ports: Ports): Promise<OpenPorts> {
    await member.join(this.#parts.settings, () => this.#knowledge());
    const open = await member.listen(ports);
    this.#parts.onServing(member.pid ?? 0);
    return open;
  }

  #knowledge(): GroupKnowledge {
    return {
      editions: [...this.#editions.values()],
      flips: [...this.#flipped].map(([route, id]) => ({ route, id })),
      state: this.#parts.fullState(),
    };
  }

  /** Not one that hangs, so that what loads there is not held responsible. */
  async #firstToAnswer(): Promise<Member> {
    const answers = this.#in('serving').map((member) => member.answers().then(() => member));
    return Promise.any(answers).catch(() => {
      throw new GatewayError('MODEL_NOT_READY', 'no process of the group answers requests at the moment');
    });
  }

  /** @param isProven the version has loaded in another member: one that hangs then is not held against it. */
  async #loadIn(member: Member, edition: Edition, isProven: boolean): Promise<void> {
    try {
      await member.load(edition);
    } catch (error) {
      if (isProven && member.wasKilled) return; // the others do without it, and who takes its place loads it, too
      if (member.phase === 'gone' && !this.#isStopping) await this.#parts.onDeath(edition.order.version);
      throw error;
    }
  }

  async #replaceAtEnd(member: Member): Promise<void> {
    const { how } = await member.ended;
    if (this.#isStopping) return;
    const delayMs = member.ageMs > STABLE_AFTER_MS ? FIRST_RESTART_DELAY_MS : this.#restartDelayMs;
    this.#restartDelayMs = Math.min(MAX_RESTART_DELAY_MS, delayMs * 2);
    this.#parts.onLost(member.pid, how, delayMs);
    const timer = setTimeout(() => {
      this.#restarts.delete(timer);
      void this.#restart(); // tells its failures by `onLost`
    }, delayMs);
    this.#restarts.add(timer);
  }

  async #restart(): Promise<void> {
    const member = this.#fork();
    void this.#replaceAtEnd(member); // ends with the group
    try {
      await this.#bringIn(member, this.#ports!);
    } catch (error) {
      member.kill(`could not take its place: ${messageOf(error)}`);
    }
  }
}
