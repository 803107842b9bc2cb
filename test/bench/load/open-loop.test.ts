import { describe, expect, it } from 'vitest';
import { MeasuredWindow } from '../../../bench/load/measured-window.ts';
import { type OpenLoopConnection, runOpenLoop } from '../../../bench/load/open-loop.ts';

/** A server that answers after `serviceMs`, but answers nothing while it stalls; time passes a millisecond a turn. */
class SimulatedServer {
  clock = 0;
  sent: number[] = [];
  readonly #serviceMs: number;
  readonly #stall: { readonly from: number; readonly to: number };
  readonly #answers: { readonly at: number; readonly onAnswer: () => void }[] = [];

  constructor(serviceMs: number, stall = { from: 0, to: 0 }) {
    this.#serviceMs = serviceMs;
    this.#stall = stall;
  }

  connect(): OpenLoopConnection {
    let isFree = true;
    return {
      get isFree() {
        return isFree;
      },
      send: (_request, onAnswer) => {
        this.sent.push(this.clock);
        isFree = false;
        const { from, to } = this.#stall;
        const done = this.clock + this.#serviceMs;
        const at = done >= from && done < to ? to : done;
        this.#answers.push({
          at,
          onAnswer: () => {
            isFree = true;
            onAnswer();
          },
        });
      },
    };
  }

  async turn(): Promise<void> {
    this.clock++;
    for (const answer of this.#answers.splice(0)) {
      if (answer.at <= this.clock) answer.onAnswer();
      else this.#answers.push(answer);
    }
  }
}

async function run(server: SimulatedServer, connections: number, rate: number) {
  const window = new MeasuredWindow(0, 1_000);
  await runOpenLoop({
    connections: Array.from({ length: connections }, () => server.connect()),
    requests: [new Uint8Array()],
    rate,
    startsAt: 0,
    window,
    failed: new AbortController().signal,
    now: () => server.clock,
    turn: () => server.turn(),
  });
  return window.summarize();
}

describe('runOpenLoop', () => {
  it('sends at the wanted rate, evenly spaced, whatever the server takes', async () => {
    const server = new SimulatedServer(50);
    const result = await run(server, 32, 100);
    expect(server.sent).toEqual(Array.from({ length: 100 }, (_, index) => index * 10));
    expect(result).toMatchObject({ p50Ms: 50, p99Ms: 50 });
  });

  it('charges a stall to every request that was due in it, not only to those that were out', async () => {
    const server = new SimulatedServer(1, { from: 500, to: 700 });
    const result = await run(server, 1, 1_000);
    // One connection: a closed loop would have seen a single slow answer, of 200 ms.
    expect(result.maxMs).toBe(201);
    expect(result.p99Ms).toBeGreaterThan(190);
    expect(result.p50Ms).toBeGreaterThan(1);
  });

  it('ends when the load has failed', async () => {
    const failed = new AbortController();
    const server = new SimulatedServer(Number.POSITIVE_INFINITY);
    await runOpenLoop({
      connections: [server.connect()],
      requests: [new Uint8Array()],
      rate: 10,
      startsAt: 0,
      window: new MeasuredWindow(0, 1_000),
      failed: failed.signal,
      now: () => server.clock,
      turn: async () => {
        await server.turn();
        if (server.clock === 50) failed.abort();
      },
    });
    expect(server.sent).toHaveLength(1);
  });
});
