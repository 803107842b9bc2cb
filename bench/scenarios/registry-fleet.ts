import { setTimeout as sleep } from 'node:timers/promises';
import { RegistryWatcher } from '../../src/lifecycle/registry-watcher.ts';
import { parseModelUri } from '../../src/model/model-uri.ts';
import { percentile } from '../statistics.ts';
import { connect, type FilledServer } from './registry-polls.ts';

export interface FleetOptions {
  readonly gateways: number;
  readonly uris: readonly string[];
  readonly pollIntervalMs: number;
  readonly seconds: number;
}

/** What a server has of many gateways that follow the same pointers. */
export interface FleetFigures {
  readonly pollsPerSecond: number;
  /** Processors that the server keeps busy; it has one worker. */
  readonly serverCores: number;
  /** How long a poll waits for its answer, in milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
}

/** As many watchers as there would be gateways, each with its own connections, all in this process. */
export async function measureFleet(filled: FilledServer, options: FleetOptions): Promise<FleetFigures> {
  const { gateways, uris, pollIntervalMs, seconds } = options;
  let tookMs: number[] = [];
  let failed = 0;
  const members = Array.from({ length: gateways }, () => {
    const registry = connect(filled.server.uri);
    const timed: typeof registry = {
      ...{ id: registry.id, read: registry.read, locate: registry.locate },
      close: () => registry.close(),
      resolve: async (asked, signal) => {
        const startedAt = performance.now();
        const answer = await registry.resolve(asked, signal);
        tookMs.push(performance.now() - startedAt);
        return answer;
      },
    };
    const watcher = new RegistryWatcher({
      registry: timed,
      uris: uris.map(parseModelUri),
      pollIntervalMs,
      random: Math.random,
      onAnswer: () => {},
      onFailure: () => void failed++,
    });
    return { registry, watcher };
  });
  // As a fleet runs: not in step, and past the first poll, which asks for more.
  for (const { watcher } of members) {
    void watcher.start();
    await sleep(pollIntervalMs / gateways);
  }
  await sleep(pollIntervalMs);
  tookMs = [];
  failed = 0;
  const [cpuBefore, startedAt] = [filled.cpuMs, performance.now()];
  await sleep(seconds * 1000);
  const passedMs = performance.now() - startedAt;
  const serverCores = (filled.cpuMs - cpuBefore) / passedMs;
  const sorted = tookMs.toSorted((left, right) => left - right);
  await Promise.all(members.map(({ watcher }) => watcher.stop()));
  await Promise.all(members.map(({ registry }) => registry.close()));
  return {
    pollsPerSecond: sorted.length / (passedMs / 1000),
    serverCores,
    p50Ms: percentile(sorted, 50),
    p99Ms: percentile(sorted, 99),
    failed,
  };
}
