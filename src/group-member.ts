import { readBuildInfo } from './build-info.ts';
import { createOnnxEngine } from './engine/onnx-engine.ts';
import { loadRuntime } from './engine/onnx-session.ts';
import { watchParent } from './engine/watch-parent.ts';
import { type OpenHttp, openHttp } from './gateway-http.ts';
import type { StopOutcome } from './http/graceful-stop.ts';
import { EngineLoader } from './lifecycle/engine-loader.ts';
import { MemoryBudget } from './lifecycle/memory-budget.ts';
import { Secret } from './model/secret.ts';
import { measureLifecycle } from './observability/lifecycle-metrics.ts';
import { createLog, type Log } from './observability/log.ts';
import { createMetrics, type Metrics } from './observability/metrics.ts';
import { RequestRecorder } from './observability/request-recorder.ts';
import { Channel, type Handlers } from './processes/channel.ts';
import type { CoordinatorCalls, MemberCalls, MemberSettings, Ports } from './processes/messages.ts';
import { MirroredModels } from './processes/mirrored-models.ts';

/** Entry of a member of the group: answers requests, and does what the coordinator has decided. */

interface Member {
  readonly log: Log;
  readonly models: MirroredModels;
  readonly metrics: Metrics;
  readonly isEngineHealthy: () => boolean;
  listen(ports: Ports): Promise<OpenHttp>;
  /** Everything that is left to close. */
  readonly running: AsyncDisposableStack;
}

let member: Member | null = null;
let http: OpenHttp | null = null;

const handlers: Handlers<MemberCalls> = {
  start: async (settings) => {
    member = await createMember(settings);
  },
  listen: async (ports) => {
    http = await started().listen(ports);
    const { url, metricsUrl, grpcAddress } = http;
    return { url, metricsUrl, grpcAddress };
  },
  load: ({ id, order }) => started().models.load(id, order),
  flip: ({ route, id }) => started().models.flip(route, id),
  retire: (id) => started().models.retire(id),
  tell: (state) => started().models.update(state),
  count: () => started().metrics.values(),
  ping: () => member?.isEngineHealthy() ?? true,
  stop: async () => endProcess((await http?.stop(started().running)) ?? 'drained'),
};

const coordinator = new Channel<CoordinatorCalls, MemberCalls>(process, handlers);

// Signals are for the coordinator, though a terminal sends them to everyone.
process.on('SIGTERM', () => {});
process.on('SIGINT', () => {});
// Nobody decides any more. Not `process.exit`, which would wait for native runs and then abort.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

function started(): Member {
  if (member === null) throw new Error('the member is not started; this is a bug');
  return member;
}

async function createMember(settings: MemberSettings): Promise<Member> {
  const running = new AsyncDisposableStack();
  await Promise.all([loadRuntime(), watchParent()]);
  const log = createLog({
    level: settings.logLevel,
    format: settings.logFormat,
    fileDescriptor: 1,
    fields: { process: process.pid },
  });
  const engine = createOnnxEngine({ threads: settings.engineThreads });
  running.defer(() => engine.close());
  const metrics = createMetrics({
    buildLabels: { ...readBuildInfo() },
    queuedRows: () => models.queuedRows(),
    readiness: () => [], // counted once, by the coordinator
    scrape: () => coordinator.call('scrape', null),
    allValues: () => coordinator.call('countAll', null),
  });
  const recorder = new RequestRecorder(metrics);
  const events = measureLifecycle({
    metrics,
    recorder,
    uriOf: () => '',
    isLoaded: (route, version) => models.isLoaded(route, version),
  });
  const models = new MirroredModels({
    inferences: new EngineLoader({
      engine,
      onBatch: (route, version, batch) => recorder.recordBatch(route, version, batch.rows),
    }),
    operate: (order) => coordinator.call('operate', order),
    hint: (hint) => coordinator.call('hint', hint),
    findVersion: (question) => coordinator.call('findVersion', question),
    onClosed: (route, version) => events.closed?.(route, version, null),
    memory: new MemoryBudget(settings.memoryMaxBytes ?? Number.POSITIVE_INFINITY, process.memoryUsage.rss()),
    pollIntervalMs: settings.pollIntervalMs,
  });
  running.defer(() => models.stop());
  const isEngineHealthy = () => engine.isHealthy;
  const secretOf = (text: string | null) => (text === null ? null : new Secret(text));
  const secrets = {
    adminToken: secretOf(settings.adminToken),
    webhookSecret: secretOf(settings.webhookSecret),
  };
  const parts = { service: models, metrics, recorder, log, isEngineHealthy, cleanup: running };
  const listen = (ports: Ports) =>
    openHttp({ ...parts, settings: { ...settings, ...ports, ...secrets, sharesPorts: true } });
  return { log, models, metrics, isEngineHealthy, running, listen };
}

function endProcess(outcome: StopOutcome): never {
  member?.log.flush();
  // Leaving in an orderly way would wait for the native run, and then abort.
  if (outcome === 'stuck') process.kill(process.pid, 'SIGKILL');
  process.exit(outcome === 'drained' ? 0 : 1);
}
