/** Runs of at most this many milliseconds make nobody wait for long. */
export const SHORT_RUN_MS = 20;

/** A model that asked for no turn for so long, in milliseconds, needs no slot kept free. */
const ACTIVE_MS = 60_000;

/** A place where one run goes at a time: a thread. */
export interface Lane {
  /** Runs that were begun here and have not ended. */
  readonly inFlight: number;
}

interface Share {
  /** Milliseconds of runs, on a clock that all models share: who has the least comes first. */
  served: number;
  askedAt: number;
  members: number;
}

interface WaitingTurn {
  readonly model: object;
  readonly lane: Lane;
  readonly expectedMs: number;
  readonly onTurn: () => void;
}

interface TakenSlot {
  readonly model: object;
  isShort: boolean;
}

/**
 * Who runs on the engine's threads, and when. At most `count` lanes are busy at once. Turns go to the model that was
 * served least; a model that was idle gets no credit for that.
 *
 * Invariants: a model with long runs leaves one slot free while another model is active (if there are two or more);
 * a short run that finds every slot taken by long ones goes all the same, one at a time: the system's scheduler then
 * shares the cores, which costs the long runs less than the short one would have waited.
 */
export class RunSlots {
  readonly #count: number;
  readonly #now: () => number;
  readonly #shares = new Map<object, Share>();
  readonly #taken = new Map<Lane, TakenSlot>();
  #waiting: WaitingTurn[] = [];
  #isScheduled = false;
  /** What the model that had the last turn has been served. */
  #clock = 0;

  constructor(count: number, now: () => number = () => performance.now()) {
    this.#count = count;
    this.#now = now;
  }

  /** One more session of `model` may ask for turns. */
  join(model: object): void {
    const share = this.#shares.get(model);
    if (share === undefined)
      this.#shares.set(model, { served: this.#clock, askedAt: Number.NEGATIVE_INFINITY, members: 1 });
    else share.members++;
  }

  /** One session of `model` asks for no more turns. */
  leave(model: object): void {
    const share = this.#shares.get(model);
    if (share !== undefined && --share.members === 0) this.#shares.delete(model);
  }

  /** As `Session.requestTurn`, for a run of `model` on `lane`. */
  request(turn: WaitingTurn): void {
    const share = this.#shares.get(turn.model);
    if (share !== undefined) {
      share.served = Math.max(share.served, this.#clock);
      share.askedAt = this.#now();
    }
    this.#waiting.push(turn);
    this.#schedule();
  }

  /** A run of `model` begins on `lane`, in its turn. */
  begin(model: object, lane: Lane, expectedMs: number): void {
    const isShort = expectedMs <= SHORT_RUN_MS;
    const slot = this.#taken.get(lane);
    if (slot === undefined) this.#taken.set(lane, { model, isShort });
    else slot.isShort &&= isShort;
  }

  /** A run of `model` on `lane` has ended, after `tookMs`. */
  end(model: object, lane: Lane, tookMs: number): void {
    const share = this.#shares.get(model);
    if (share !== undefined) share.served += tookMs;
    if (lane.inFlight === 0) this.#taken.delete(lane);
    if (this.#waiting.length > 0) this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#give);
  }

  readonly #give = (): void => {
    this.#isScheduled = false;
    for (;;) {
      const turn = this.#pick((candidate) => this.#mayRun(candidate)) ?? this.#pickFollower();
      if (turn === null) return;
      this.#waiting.splice(this.#waiting.indexOf(turn), 1);
      this.#clock = Math.max(this.#clock, this.#shares.get(turn.model)?.served ?? 0);
      turn.onTurn();
    }
  };

  #pick(isPossible: (turn: WaitingTurn) => boolean): WaitingTurn | null {
    let best: WaitingTurn | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const turn of this.#waiting) {
      const served = this.#shares.get(turn.model)?.served ?? 0;
      if (served >= least || !isPossible(turn)) continue;
      best = turn;
      least = served;
    }
    return best;
  }

  /** A run for a busy lane, to start there without a pause; none while a lane that is free waits for a slot. */
  #pickFollower(): WaitingTurn | null {
    if (this.#waiting.some(({ lane }) => lane.inFlight === 0)) return null;
    return this.#pick(({ lane, expectedMs }) => lane.inFlight === 1 && expectedMs <= SHORT_RUN_MS);
  }

  #mayRun({ model, lane, expectedMs }: WaitingTurn): boolean {
    if (lane.inFlight > 0) return false;
    const isShort = expectedMs <= SHORT_RUN_MS;
    const free = this.#count - this.#taken.size;
    if (free <= 0) return isShort && free === 0 && this.#areLong();
    return free > 1 || isShort || this.#count === 1 || !this.#isGreedy(model);
  }

  #areLong(): boolean {
    for (const slot of this.#taken.values()) if (slot.isShort) return false;
    return true;
  }

  /** Whether all busy lanes run `model` while another one is active. */
  #isGreedy(model: object): boolean {
    for (const slot of this.#taken.values()) if (slot.model !== model) return false;
    const since = this.#now() - ACTIVE_MS;
    for (const [other, share] of this.#shares) if (other !== model && share.askedAt >= since) return true;
    return false;
  }
}
