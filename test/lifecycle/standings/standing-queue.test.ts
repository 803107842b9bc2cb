import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GatewayError } from '../../../src/errors.ts';
import { StandingQueue } from '../../../src/lifecycle/standings/standing-queue.ts';
import { parseModelUri } from '../../../src/model/model-uri.ts';
import type { ModelVersion } from '../../../src/model/model-version.ts';
import type { StandingStatus, VersionStanding } from '../../../src/model/version-standing.ts';
import type { Resolution } from '../../../src/registry/model-registry.ts';
import type { StandingOutcome, StandingWriter } from '../../../src/registry/standing-writer.ts';
import { recordEvents } from '../../fakes/recorded-events.ts';
import { versionOf } from '../versions.ts';

const DOWN = new GatewayError('REGISTRY_UNAVAILABLE', 'status 503');
const FORBIDDEN = new GatewayError('REGISTRY_FORBIDDEN', 'status 403');

const standingOf = (status: StandingStatus): VersionStanding => ({
  status,
  reason: status,
  digest: null,
  servedAt: null,
});

/** Keeps what is written, as `version status`; an answer that the test sets fails or holds the next writes. */
class FakeWriter implements StandingWriter {
  readonly writes: string[] = [];
  readonly startedAt: number[] = [];
  answer: () => Promise<StandingOutcome> = async () => 'written';
  /** What is being written. */
  written: ModelVersion | null = null;
  atOnce = 0;
  mostAtOnce = 0;

  isSaid(tags: Readonly<Record<string, string>>, { status }: VersionStanding): boolean {
    return tags['switchyard.status'] === status;
  }

  async write(version: ModelVersion, { status }: VersionStanding, signal: AbortSignal) {
    this.writes.push(`${version.version} ${status}`);
    this.startedAt.push(Date.now());
    this.written = version;
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
    try {
      return await Promise.race([this.answer(), aborted]);
    } finally {
      this.atOnce -= 1;
    }
  }

  async close(): Promise<void> {}
}

const answerOf = (...versions: readonly ModelVersion[]): readonly Resolution[] =>
  versions.map((version) => ({
    uri: parseModelUri('models:/iris/Production'),
    states: [{ outcome: 'found', name: version.name, version, notes: [] }],
    available: [],
  }));

describe('StandingQueue', () => {
  let writer: FakeWriter;
  let queue: StandingQueue;
  let recorded: ReturnType<typeof recordEvents>;

  beforeEach(() => {
    vi.useFakeTimers();
    writer = new FakeWriter();
    recorded = recordEvents();
    queue = new StandingQueue({
      writer,
      events: recorded.events,
      pollIntervalMs: 1_000,
      now: Date.now,
      random: () => 0.5,
    });
  });

  afterEach(async () => {
    const closed = queue.close();
    await vi.advanceTimersByTimeAsync(5_000);
    await closed;
    vi.useRealTimers();
  });

  const put = (version: number, status: StandingStatus) =>
    queue.put({ version: versionOf(version), standing: standingOf(status) });
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  it('writes half a second and a part of a poll later, and only the newest word of a version', async () => {
    queue.resume([]);
    put(1, 'live');
    put(2, 'failed');
    await pass(900);
    put(1, 'previous');
    expect(writer.writes).toEqual([]);
    await pass(1_000);
    expect(writer.writes).toEqual(['1 previous', '2 failed']);
    expect(recorded.of('standingTold')).toEqual([
      [standingOf('previous'), 'written'],
      [standingOf('failed'), 'written'],
    ]);
  });

  it('writes one version at a time, at most five a second', async () => {
    queue.resume([]);
    for (let version = 1; version <= 50; version += 1) put(version, 'live');
    await pass(6_000);
    const busy = writer.startedAt.filter((at) => at - writer.startedAt[0]! < 5_000);
    expect(busy).toHaveLength(25);
    await pass(10_000);
    expect(writer.writes).toHaveLength(50);
    expect(writer.mostAtOnce).toBe(1);
  });

  it('is not put off for ever by a version that swings to and fro', async () => {
    queue.resume([]);
    for (let round = 0; round < 20; round += 1) {
      put(1, round % 2 === 0 ? 'live' : 'previous');
      await pass(100);
    }
    expect(writer.writes.length).toBeGreaterThan(0);
  });

  it('costs no request after a restart for what stands already', async () => {
    const standing = versionOf(1, { tags: { 'switchyard.status': 'live' } });
    put(1, 'live');
    put(2, 'live');
    await pass(10_000);
    expect(writer.writes).toEqual([]); // nothing is known before the first poll
    queue.resume(answerOf(standing, versionOf(2)));
    await pass(5_000);
    expect(writer.writes).toEqual(['2 live']);
    expect(recorded.of('standingTold')).toContainEqual([standingOf('live'), 'unchanged']);
  });

  it('believes a record of the start once only', async () => {
    const standing = versionOf(1, { tags: { 'switchyard.status': 'live' } });
    queue.resume(answerOf(standing));
    put(1, 'live');
    await pass(2_000);
    put(1, 'previous');
    await pass(2_000);
    queue.resume(answerOf(standing)); // a record that was remembered
    put(1, 'live');
    await pass(2_000);
    expect(writer.writes).toEqual(['1 previous', '1 live']);
  });

  it('does not believe a record of the start that is a minute old', async () => {
    queue.resume(answerOf(versionOf(1, { tags: { 'switchyard.status': 'live' } })));
    await pass(61_000);
    put(1, 'live');
    await pass(2_000);
    expect(writer.writes).toEqual(['1 live']);
  });

  it('tries nothing while polls fail, and goes on when they are answered', async () => {
    queue.resume([]);
    queue.hold();
    put(1, 'live');
    await pass(3_600_000);
    expect(writer.writes).toEqual([]);
    queue.resume([]);
    await pass(1_000);
    expect(writer.writes).toEqual(['1 live']);
  });

  it('tries again with growing pauses, and gives up in the end', async () => {
    queue.resume([]);
    writer.answer = () => Promise.reject(DOWN);
    put(1, 'live');
    await pass(3_600_000);
    const pauses = writer.startedAt.slice(1).map((at, index) => at - writer.startedAt[index]!);
    expect(pauses).toEqual([
      2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 120_000, 120_000, 120_000, 120_000, 120_000,
    ]);
    const untold = recorded.of('standingUntold');
    expect(untold.slice(0, -1).every((values) => values.at(-1) !== null)).toBe(true);
    expect(untold.at(-1)).toEqual([DOWN, null]);
  });

  it('comes back when the registry says, within two minutes', async () => {
    queue.resume([]);
    const answers = [30, 9_999].map(
      (seconds) => new GatewayError('REGISTRY_UNAVAILABLE', 'status 429', { retryAfterSeconds: seconds }),
    );
    writer.answer = async () => {
      const error = answers.shift();
      if (error !== undefined) throw error;
      return 'written';
    };
    put(1, 'live');
    await pass(600_000);
    expect(writer.startedAt.map((at) => at - writer.startedAt[0]!)).toEqual([0, 30_000, 150_000]);
  });

  it('says the newer word when the older one could not be written', async () => {
    queue.resume([]);
    const held = Promise.withResolvers<StandingOutcome>();
    writer.answer = () => held.promise;
    put(1, 'live');
    await pass(2_000);
    put(1, 'previous');
    writer.answer = async () => 'written';
    held.reject(DOWN);
    await pass(10_000);
    expect(writer.writes).toEqual(['1 live', '1 previous']);
  });

  describe('where the account may not write', () => {
    const writeTo = (...names: readonly string[]) => {
      writer.answer = async () => {
        if (!names.includes(writer.written?.name ?? '')) throw FORBIDDEN;
        return 'written';
      };
    };
    const putOf = (name: string, version: number, status: StandingStatus) =>
      queue.put({ version: versionOf(version, { name }), standing: standingOf(status) });

    beforeEach(() => {
      queue.resume([]);
      writeTo();
    });

    it('goes on with the next, and tries one in turn every twelve polls', async () => {
      put(1, 'live');
      put(2, 'live');
      await pass(2_000);
      expect(writer.writes).toEqual(['1 live', '2 live']);
      expect(recorded.of('standingUntold').map((values) => values.at(-1))).toEqual([null, null]);
      await pass(36_000);
      expect(writer.writes.slice(2)).toEqual(['1 live', '2 live', '1 live']);
      const [, second = 0, ...probes] = writer.startedAt;
      expect(probes.map((at) => Math.round((at - second) / 12_000))).toEqual([1, 2, 3]);
    });

    it('writes the newest word of every version once it may, and nothing after that', async () => {
      for (const name of ['iris', 'wine', 'digits']) putOf(name, 1, 'live');
      await pass(2_000);
      putOf('iris', 1, 'previous');
      putOf('iris', 2, 'live');
      await pass(2_000);
      writeTo('iris', 'wine');
      const before = writer.writes.length;
      await pass(60_000);
      const told = recorded.all.filter(({ name }) => name === 'standingTold');
      const versions = told.map(({ values }) => values[0] as ModelVersion);
      const labels = versions.map(({ name, version }) => `${name} ${version}`);
      expect(labels.sort()).toEqual(['iris 1', 'iris 2', 'wine 1']);
      expect(recorded.of('standingTold')).toContainEqual([standingOf('previous'), 'written']);
      expect(writer.writes.length - before, 'three, and one model that goes on being refused').toBeLessThan(
        10,
      );
      writeTo('iris', 'wine', 'digits');
      await pass(13_000);
      const all = writer.writes.length;
      await pass(3_600_000);
      expect(writer.writes).toHaveLength(all);
    });

    it('tries the others of a model as soon as one is taken, and nothing while polls fail', async () => {
      put(1, 'live');
      await pass(2_000);
      queue.hold();
      writeTo('iris');
      await pass(60_000);
      expect(writer.writes).toEqual(['1 live']);
      queue.resume([]);
      put(2, 'live');
      await pass(2_000);
      expect(writer.writes.slice(1).sort()).toEqual(['1 live', '2 live']);
    });
  });

  it('drops the oldest where ten thousand wait', async () => {
    for (let version = 1; version <= 10_001; version += 1) put(version, 'live');
    expect(recorded.of('standingUntold')).toHaveLength(1);
    expect(recorded.all.at(-1)?.values[0]).toMatchObject({ version: '1' });
  });

  describe('when it is closed', () => {
    it('writes at once what waits', async () => {
      queue.resume([]);
      put(1, 'live');
      put(2, 'previous');
      await queue.close();
      expect(writer.writes).toEqual(['1 live', '2 previous']);
      put(3, 'live');
      await pass(10_000);
      expect(writer.writes).toHaveLength(2);
    });

    it('gives up after two seconds', async () => {
      queue.resume([]);
      writer.answer = () => new Promise(() => {});
      put(1, 'live');
      put(2, 'live');
      const startedAt = Date.now();
      const closed = queue.close();
      await pass(2_000);
      await closed;
      expect(Date.now() - startedAt).toBe(2_000);
      expect(writer.writes).toEqual(['1 live']);
      expect(recorded.of('standingUntold')).toHaveLength(2);
    });

    it('tries nothing while polls fail, and not the next after a failure', async () => {
      put(1, 'live');
      put(2, 'live');
      await queue.close();
      expect(writer.writes).toEqual([]);
      const other = new StandingQueue({
        writer,
        events: recorded.events,
        pollIntervalMs: 1_000,
        now: Date.now,
        random: () => 0.5,
      });
      other.resume([]);
      writer.answer = () => Promise.reject(DOWN);
      other.put({ version: versionOf(1), standing: standingOf('live') });
      other.put({ version: versionOf(2), standing: standingOf('live') });
      await other.close();
      expect(writer.writes).toEqual(['1 live']);
    });
  });
});
