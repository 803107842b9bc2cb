import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { readBuildInfo } from './build-info.ts';
import type { Config } from './config.ts';
import { GatewayError, messageOf } from './errors.ts';
import type { Gateway } from './gateway.ts';
import { createModels } from './gateway-models.ts';
import type { StopOutcome } from './http/graceful-stop.ts';
import { cannotListen } from './http/server.ts';
import type { ModelService } from './lifecycle/model-service.ts';
import { combineEvents, type LifecycleObserver } from './observability/combine-events.ts';
import { logLifecycle } from './observability/lifecycle-log.ts';
import { measureLifecycle } from './observability/lifecycle-metrics.ts';
import type { Log } from './observability/log.ts';
import { createMetrics } from './observability/metrics.ts';
import type { Handlers } from './processes/channel.ts';
import { GroupLoader } from './processes/group-loader.ts';
import { GroupMetrics } from './processes/group-metrics.ts';
import { GroupPublisher, touchOnEvents } from './processes/group-publisher.ts';
import type { CoordinatorCalls, MemberSettings } from './processes/messages.ts';
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
  const metrics = createMetrics({
    buildLabels: { ...readBuildInfo() },
    queuedRows: () => [], // the members'
    readiness: () => service.statuses().map(({ name, ready }) => ({ route: name, isReady: ready })),
  });
  const publisher = new GroupPublisher({ models: () => service, tell: (state) => group.tell(state) });
  const group = new ProcessGroup({
    size: config.processes,
    settings: shareOf(config),
    handlers: answerMembers({
      operations: () => service.operations,
      publish: () => publisher.publish(),
      settled: () => group.settled(),
      scrape: () => groupMetrics.scrape(),
    }),
    fullState: () => publisher.fullState(),
    onServing: (pid) => log.info('process-serving', `process ${pid} answers requests`, { process: pid }),
    onLost: (pid, how, restartInMs) =>
      log.error('process-lost', `process ${pid} ${how}; another one takes its place`, {
        process: pid,
        restartInMs,
      }),
    onCountLost: (values) => groupMetrics.addLost(values),
    onDeath: (version) =>
      models.state
        .recordDeath(version)
        .catch((error) => log.error('state-unwritten', `a restart will not know this: ${messageOf(error)}`)),
  });
  const groupMetrics = new GroupMetrics({ own: () => metrics.values(), members: () => group.count() });
  cleanup.defer(() => group.close());
  const inferences = new GroupLoader({ group, timeoutMs: config.loadTimeoutMs });
  const flip = async (model: string, id: number | null) => {
    const startedAt = performance.now();
    await group.flip(model, id);
    const tookMs = performance.now() - startedAt;
    log.debug('flipped', `every process has flipped within ${tookMs.toFixed(1)} ms`, { model, tookMs });
  };
  const flips: LifecycleObserver = {
    swapped: (route, _from, to) => void flip(route, inferences.idOf(to.inference)), // never rejects
    unloaded: (route) => void flip(route, null), // never rejects
  };
  const measured = measureLifecycle({
    metrics,
    recorder: { recordBatch: () => {}, drop: (model, version) => groupMetrics.drop(model, version) },
    uriOf: (route) => service.find(route).uriText,
    isLoaded: (route, version) => service.isLoaded(route, version),
  });
  const models = await createModels({
    config: { ...config, memoryMaxBytes: memoryShare(config) },
    log,
    inferences,
    isEngineHealthy: () => true, // a member whose engine cannot recover is replaced
    events: combineEvents([flips, logLifecycle(log), measured, touchOnEvents(publisher.touch)]),
    cleanup,
  });
  const service: ModelService = models.service;
  const { url, metricsUrl } = await group.open(await findPorts(config));
  cleanup.defer(() => service.stop());
  const firstPoll = service.start();
  const running = cleanup.move();

  let stopping: Promise<StopOutcome> | null = null;
  const stop = async (): Promise<StopOutcome> => {
    service.beginShutdown();
    const outcome = await group.stop();
    await running.disposeAsync();
    return outcome;
  };
  return {
    service,
    url,
    metricsUrl,
    firstPoll,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

interface MemberNeeds {
  readonly operations: () => ModelService['operations'];
  readonly publish: () => void;
  readonly settled: () => Promise<void>;
  readonly scrape: () => Promise<string>;
}

function answerMembers({ operations, publish, settled, scrape }: MemberNeeds): Handlers<CoordinatorCalls> {
  return {
    operate: async ({ action, route, version }) => {
      try {
        const calls = operations();
        return await (action === 'pin' ? calls.pin(route, version ?? '') : calls[action](route));
      } finally {
        publish();
        await settled();
      }
    },
    scrape,
  };
}

/** What of the settings a member gets; limits of the whole are divided, and a body of the allowed size always fits. */
function shareOf(config: Config): MemberSettings {
  const { processes, adminToken, maxBodyBytes, maxBufferedBytes } = config;
  const bodyBytes = Math.min(maxBodyBytes, maxBufferedBytes);
  return {
    host: config.host,
    maxConcurrentRequests: Math.ceil(config.maxConcurrentRequests / processes),
    bodyTimeoutMs: config.bodyTimeoutMs,
    maxBufferedBytes: Math.max(bodyBytes, Math.floor(maxBufferedBytes / processes)),
    maxBodyBytes,
    requestTimeoutMs: config.requestTimeoutMs,
    shutdownDelayMs: config.shutdownDelayMs,
    drainTimeoutMs: config.drainTimeoutMs,
    pollIntervalMs: config.pollIntervalMs,
    engineThreads: Math.max(1, Math.floor(config.engineThreads / processes)),
    memoryMaxBytes: memoryShare(config),
    logLevel: config.logLevel,
    logFormat: config.logFormat,
    adminToken: adminToken?.reveal() ?? null,
  };
}

/** What one copy of all models may hold: each member has one, and this process has none. */
function memoryShare({ memoryMaxBytes, processes }: Config): number | null {
  if (memoryMaxBytes === null) return null;
  return Math.max(0, Math.floor((memoryMaxBytes - process.memoryUsage.rss()) / processes));
}

/**
 * The ports as numbers, since all members need the same ones.
 *
 * @throws GatewayError INVALID_SETTING if somebody listens there, which sharing a port would hide.
 */
async function findPorts({ host, port, metricsPort }: Config) {
  return {
    port: await findPort(host, port),
    metricsPort: metricsPort === null ? null : await findPort(host, metricsPort),
  };
}

async function findPort(host: string, port: number): Promise<number> {
  const probe = createServer();
  try {
    await once(probe.listen(port, host), 'listening');
  } catch (error) {
    throw cannotListen(host, port, error as NodeJS.ErrnoException);
  }
  const found = (probe.address() as AddressInfo).port;
  probe.close();
  await once(probe, 'close');
  return found;
}
