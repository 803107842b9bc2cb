import type { Config } from './config.ts';
import { createStandingWriter } from './gateway-adapters.ts';
import type { LifecycleEvents } from './lifecycle/lifecycle-events.ts';
import { StandingQueue } from './lifecycle/standings/standing-queue.ts';
import { tellStandings } from './lifecycle/standings/tell-standings.ts';
import { combineEvents } from './observability/combine-events.ts';

/**
 * `events`, and the registry is told what becomes of each version, if the settings say so. Of a group only the
 * coordinator has these.
 *
 * @param cleanup takes over what was opened.
 */
export function tellRegistryToo(
  config: Config,
  events: LifecycleEvents,
  cleanup: AsyncDisposableStack,
): LifecycleEvents {
  const writer = createStandingWriter(config);
  if (writer === null) return events;
  cleanup.defer(() => writer.close());
  const { pollIntervalMs } = config;
  const queue = new StandingQueue({ writer, events, pollIntervalMs, now: Date.now, random: Math.random });
  cleanup.defer(() => queue.close());
  return combineEvents([
    events,
    tellStandings({ tell: (statement) => queue.put(statement), now: Date.now }),
    {
      registryAnswered: (resolutions) => queue.resume(resolutions),
      registryFailed: () => queue.hold(),
    },
  ]);
}
