import { type ChildProcess, fork } from 'node:child_process';
import { GatewayError } from '../errors.ts';
import { type Answer, Channel, type Handlers, type Question } from './channel.ts';
import type { CoordinatorCalls, MemberCalls } from './messages.ts';

const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? '../group-member.ts' : '../group-member.js',
  import.meta.url,
);

const PING_INTERVAL_MS = 1_000;
/** A process that has never answered is still starting, which takes a busy machine long. */
const START_PATIENCE = 4;

/** How a member has ended. */
export interface MemberEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** In words that follow "the process". */
  readonly how: string;
}

export interface MemberProcessOptions {
  readonly handlers: Handlers<CoordinatorCalls>;
  /** A member whose event loop does not turn for so many pings, a second apart, is killed. */
  readonly patiencePings: number;
  /** The script of the process; default: a member as it serves. */
  readonly entry?: URL;
}

/** One member as the coordinator sees it. */
export class MemberProcess {
  readonly #process: ChildProcess;
  readonly #channel: Channel<MemberCalls, CoordinatorCalls>;
  readonly #pings: NodeJS.Timeout;
  /** Pings in a row without an answer. */
  #silentPings = 0;
  #killedFor: string | null = null;
  #hasAnswered = false;
  #hasEnded = false;
  readonly ended: Promise<MemberEnd>;

  constructor({ handlers, patiencePings, entry = ENTRY }: MemberProcessOptions) {
    this.#process = fork(entry, {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#channel = new Channel(this.#process, handlers);
    this.ended = this.#watchEnd();
    this.#pings = setInterval(() => this.#ping(patiencePings), PING_INTERVAL_MS);
  }

  /** `null` if the process could not be started. */
  get pid(): number | null {
    return this.#process.pid ?? null;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether it was killed from here, so that its end says nothing about what it did at that moment. */
  get wasKilled(): boolean {
    return this.#killedFor !== null;
  }

  /** @throws GatewayError as the member throws it; LOAD_CRASHED if it ends before it answers. */
  call<Name extends keyof MemberCalls>(
    name: Name,
    value: Question<MemberCalls, Name>,
  ): Promise<Answer<MemberCalls, Name>> {
    const answer = this.#channel.call(name, value);
    answer.then(
      () => {
        this.#hasAnswered = true;
      },
      () => {}, // the caller is told
    );
    return answer;
  }

  kill(why: string): void {
    this.#killedFor ??= why;
    this.#process.kill('SIGKILL');
  }

  /** Counts pings rather than time: when this process itself was held up, that says nothing about the member. */
  #ping(patiencePings: number): void {
    const patience = this.#hasAnswered ? patiencePings : patiencePings * START_PATIENCE;
    if (this.#silentPings >= patience) {
      this.kill(`did not answer for ${(patience * PING_INTERVAL_MS) / 1000} s and was killed`);
      return;
    }
    this.#silentPings++;
    this.call('ping', null).then(
      (canRecover) => {
        this.#silentPings = 0;
        if (!canRecover) this.kill('had an engine that could not recover and was killed');
      },
      () => {}, // its end is told by `ended`
    );
  }

  #watchEnd(): Promise<MemberEnd> {
    const ended = Promise.withResolvers<MemberEnd>();
    const end = (code: number | null, signal: NodeJS.Signals | null, cause?: unknown) => {
      this.#hasEnded = true;
      clearInterval(this.#pings);
      const how = this.#killedFor ?? describeEnd(code, signal);
      this.#channel.close(new GatewayError('LOAD_CRASHED', `a process of the group ${how}`, { cause }));
      ended.resolve({ code, signal, how });
    };
    this.#process.on('exit', (code, signal) => end(code, signal));
    this.#process.on('error', (error) => {
      if (this.#process.pid === undefined) end(null, null, error);
    });
    return ended.promise;
  }
}

function describeEnd(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null)
    return `died of ${signal}${signal === 'SIGKILL' ? ' (the system may have run out of memory)' : ''}`;
  return code === null ? 'could not be started' : `ended with exit code ${code}`;
}
