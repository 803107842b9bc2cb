import {
  type ErrorRecord,
  fromErrorRecord,
  type GatewayError,
  toErrorRecord,
  toGatewayError,
} from '../errors.ts';

/** What one side can ask of the other: one value goes, one comes back. */
// biome-ignore lint/suspicious/noExplicitAny: no other type of parameter takes every function
export type Calls = Readonly<Record<string, (value: any) => unknown>>;

export type Question<Asking extends Calls, Name extends keyof Asking> = Parameters<Asking[Name]>[0];
export type Answer<Asking extends Calls, Name extends keyof Asking> = ReturnType<Asking[Name]>;

/** What one side does when it is asked. Called in the order of the messages. */
export type Handlers<Asked extends Calls> = {
  readonly [Name in keyof Asked]: (
    value: Question<Asked, Name>,
  ) => Answer<Asked, Name> | Promise<Answer<Asked, Name>>;
};

/** The end of an IPC channel: `process` in a child, the `ChildProcess` in its parent. */
export interface ChannelEnd {
  send?(message: unknown, onSent: (error: Error | null) => void): boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

type Packet =
  | { readonly kind: 'call'; readonly id: number; readonly name: string; readonly value: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly error: ErrorRecord };

/** Typed questions and answers between two processes. Messages arrive in the order in which they were sent. */
export class Channel<Asking extends Calls, Asked extends Calls> {
  readonly #end: ChannelEnd;
  readonly #handlers: Handlers<Asked>;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;
  #closedBy: GatewayError | null = null;

  constructor(end: ChannelEnd, handlers: Handlers<Asked>) {
    this.#end = end;
    this.#handlers = handlers;
    end.on('message', (packet) => this.#take(packet as Packet));
  }

  /** @throws GatewayError as the other side threw it; what `close` was given if the other side is gone. */
  call<Name extends keyof Asking & string>(
    name: Name,
    value: Question<Asking, Name>,
  ): Promise<Answer<Asking, Name>> {
    if (this.#closedBy !== null) return Promise.reject(this.#closedBy);
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<Answer<Asking, Name>>();
    this.#waiting.set(id, answer as PromiseWithResolvers<unknown>);
    this.#send({ kind: 'call', id, name, value });
    return answer.promise;
  }

  /** The other side is gone: every call that waits, and every later one, fails with `reason`. */
  close(reason: GatewayError): void {
    this.#closedBy ??= reason;
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }

  #take(packet: Packet): void {
    if (packet.kind === 'call') {
      void this.#answer(packet.id, packet.name, packet.value); // answers every error by itself
      return;
    }
    const waiting = this.#waiting.get(packet.id);
    this.#waiting.delete(packet.id);
    if (packet.kind === 'answer') waiting?.resolve(packet.value);
    else waiting?.reject(fromErrorRecord(packet.error));
  }

  async #answer(id: number, name: string, value: unknown): Promise<void> {
    try {
      const handle = this.#handlers[name];
      if (handle === undefined) throw new Error(`"${name}" is no call; this is a bug`);
      this.#send({ kind: 'answer', id, value: await handle(value) });
    } catch (error) {
      const failure = toGatewayError(error, 'INTERNAL', `a process of the group failed at "${name}"`);
      this.#send({ kind: 'failure', id, error: toErrorRecord(failure) });
    }
  }

  #send(packet: Packet): void {
    // That the other side is gone is told by its end, which closes the channel.
    this.#end.send?.(packet, () => {});
  }
}
