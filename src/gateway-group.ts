import { readBuildInfo } from './build-info.ts';
import type { Config } from './config.ts';
import { GatewayError, messageOf } from './errors.ts';
import type { Gateway } from './gateway.ts';
import { createModels, type Models } from './gateway-models.ts';
import { memberSettings, modelShares } from './gateway-shares.ts';
import { findPort } from './http/find-port.ts';
import type { StopOutcome } from './http/graceful-stop.ts';
import { combineEvents, type LifecycleObserver } from './observability/combine-events.ts';
import { logLifecycle } from './observability/lifecycle-log.ts';
import { measureLifecycle } from './observability/lifecycle-metrics.ts';
import type { Log } from './observability/log.ts';
import { createMetrics } from './observability/metrics.ts';
import { modelReadiness } from './observability/model-readiness.ts';
import type { Handlers } from './processes/channel.ts';
import { GroupLoader } from './processes/group-loader.ts';
import { GroupMetrics } from './processes/group-metrics.ts';
import { GroupPublisher, touchOnEvents } from './processes/group-publisher.ts';
import type { CoordinatorCalls } from './processes/messages.ts';
import { ProcessGroup } from './processes/process-group.ts';

/**
 * A gateway of several processes: this one decides what serves, and starts the members, which answer requests.
 *
 * @throws GatewayError with a sentence for the operator.
 */
export async function startGroup(config: Config, log: Log): Promise<Gateway> {
  if (process.platform !== 'linux')
    throw new GatewayError('INVALID_SETTING', 'SWITCHYARD_PROCESSES above 1 works on Linux only; unset it');
  await using cleanup = new AsyncDisposableStack();
  const coordinator = createCoordinator(config, log, () => models);
  const { group, publisher } = coordinator;
  cleanup.defer(() => group.close());
  const inferences = new GroupLoader({ group, timeoutMs: config.loadTimeoutMs });
  const models: Models = await createModels({
    config: { ...config, ...modelShares(config, process.memoryUsage.rss()) },
    log,
    inferences,
    isEngineHealthy: () => true, // a member whose engine cannot recover is replaced
    events: combineEvents([
      flipMembers(group, inferences, log), // first: the others take time
      logLifecycle(log),
      coordinator.measured,
      touchOnEvents(publisher.touch),
    ]),
    cleanup,
  });
  const { service } = models;
  const { url, metricsUrl, grpcAddress } = await group.open(await findPorts(config));
  cleanup.defer(() => service.stop());
  const firstPoll = service.start();
  const running = cleanup.move();

  let stopping: Promise<StopOutcome> | null = null;
  const end = async (): Promise<StopOutcome> => {
    service.beginShutdown();
    const outcome = await group.stop();
    await running.disposeAsync();
    return outcome;
  };
  const stop = () => {
    stopping ??= end();
    return stopping;
  };
  return { service, url, metricsUrl, grpcAddress, firstPoll, stop };
}

/** The members, what they are told, and what all have counted. @param models known once the first member asks. */
function createCoordinator(config: Config, log: Log, models: () => Models) {
  const service = () => models().service;
  const metrics = createMetrics({
    buildLabels: { ...readBuildInfo() },
    queuedRows: () => [], // the members'
    readiness: () => service().statuses().map(modelReadiness),
  });
  const groupMetrics = new GroupMetrics({ own: () => metrics.values(), members: () => group.count() });
  const publisher = new GroupPublisher({ models: service, tell: (state) => group.tell(state) });
  const handlers: Handlers<CoordinatorCalls> = {
    operate: async ({ action, route, version }) => {
      const { operations } = service();
      try {
        return await (action === 'pin' ? operations.pin(route, version ?? '') : operations[action](route));
      } finally {
        publisher.publish();
        await group.settled();
      }
    },
    hint: (hint) => service().hint(hint),
    findVersion: ({ route, choice }) => service().findVersion(route, choice),
    scrape: () => groupMetrics.scrape(),
    countAll: () => groupMetrics.values(),
  };
  const group: ProcessGroup = new ProcessGroup({
    size: config.processes,
    settings: memberSettings(config),
    handlers,
    fullState: () => publisher.fullState(),
    ...tellOfMembers(log),
    onCountLost: (values) => groupMetrics.addLost(values),
    onDeath: (version) =>
      models()
        .state.recordDeath(version)
        .catch((error) => log.error('state-unwritten', `a restart will not know this: ${messageOf(error)}`)),
  });
  const measured = measureLifecycle({
    metrics,
    recorder: { recordBatch: () => {}, drop: (model, version) => groupMetrics.drop(model, version) },
    uriOf: (route) => service().find(route).uriText,
    isLoaded: (route, version) => service().isLoaded(route, version),
  });
  return { group, publisher, measured };
}

function tellOfMembers(log: Log) {
  return {
    onServing: (pid: number) =>
      log.info('process-serving', `process ${pid} answers requests`, { process: pid }),
    onLost: (pid: number | null, how: string, restartInMs: number) =>
      log.error('process-lost', `process ${pid} ${how}; another one takes its place`, {
        process: pid,
        restartInMs,
      }),
  };
}

/** Flips the members whenever a slot was swapped here. */
function flipMembers(group: ProcessGroup, inferences: GroupLoader, log: Log): LifecycleObserver {
  const flip = async (model: string, id: number | null): Promise<void> => {
    const startedAt = performance.now();
    await group.flip(model, id);
    const tookMs = performance.now() - startedAt;
    log.debug('flipped', `every process has flipped within ${tookMs.toFixed(1)} ms`, { model, tookMs });
  };
  return {
    swapped: (route, _from, to) => void flip(route, inferences.idOf(to.inference)), // never rejects
    unloaded: (route) => void flip(route, null), // never rejects
  };
}

/** The ports as numbers, since all members need the same ones. */
async function findPorts({ host, port, metricsPort, grpcPort }: Config) {
  const found = async (wanted: number | null) => (wanted === null ? null : findPort(host, wanted));
  const main = await findPort(host, port);
  const isShared = grpcPort === port && port !== 0;
  return {
    port: main,
    metricsPort: await found(metricsPort),
    grpcPort: isShared ? main : await found(grpcPort),
  };
}
