import { join } from 'node:path';
import { ArtifactCache } from './artifacts/artifact-cache.ts';
import { readBuildInfo } from './build-info.ts';
import type { Config } from './config.ts';
import { createOnnxEngine } from './engine/onnx-engine.ts';
import { loadRuntime } from './engine/onnx-session.ts';
import { createTrialRunner } from './engine/trial-runner.ts';
import { createOnnxFormat } from './formats/onnx/onnx-format.ts';
import { createArtifactSources, createRegistry } from './gateway-adapters.ts';
import { Admission } from './http/admission.ts';
import { type AppParts, createApp, createMetricsApp } from './http/app.ts';
import { BodyReader } from './http/body-reader.ts';
import { type StopOutcome, stopGracefully } from './http/graceful-stop.ts';
import { RequestDeadlines } from './http/request-deadlines.ts';
import { HttpServer } from './http/server.ts';
import { PhaseHolder } from './http/serving-phase.ts';
import { EngineLoader } from './lifecycle/engine-loader.ts';
import { ModelService } from './lifecycle/model-service.ts';
import { StateFile } from './lifecycle/state-file.ts';
import { VerdictStore } from './lifecycle/verdict-store.ts';
import { combineEvents } from './observability/combine-events.ts';
import { logLifecycle } from './observability/lifecycle-log.ts';
import { measureLifecycle } from './observability/lifecycle-metrics.ts';
import type { Log } from './observability/log.ts';
import { createMetrics } from './observability/metrics.ts';
import { RequestRecorder } from './observability/request-recorder.ts';
import { predictProtocol } from './protocols/predict/routes.ts';
import type { Protocol } from './protocols/protocol.ts';

/** Every wire protocol that is spoken. A further one is one folder and one line here. */
const PROTOCOLS: readonly Protocol[] = [predictProtocol];

/** A running gateway. */
export interface Gateway {
  readonly service: ModelService;
  /** Where the main port listens. */
  readonly url: string;
  /** Where `/metrics` is: the main port, unless the metrics have one of their own. */
  readonly metricsUrl: string;
  /** Resolves after the first poll of the registry, whether it was answered or not. */
  readonly firstPoll: Promise<void>;
  /**
   * Ends it as contract 4.5 says. Idempotent.
   *
   * @returns how that went.
   */
  stop(): Promise<StopOutcome>;
}

/**
 * Puts everything together and starts it: the only place that names concrete adapters. What is made first is closed
 * last; a start that fails closes what it had made.
 *
 * @throws GatewayError with a sentence for the operator.
 */
export async function startGateway(config: Config, log: Log): Promise<Gateway> {
  await using cleanup = new AsyncDisposableStack();
  await loadRuntime();
  const build = readBuildInfo();
  const registry = createRegistry(config);
  cleanup.defer(() => registry.close());
  const sources = createArtifactSources(config);
  cleanup.defer(async () => {
    await Promise.all(sources.map((source) => source.close()));
  });
  const cache = await ArtifactCache.open({
    directory: config.cacheDir,
    maxBytes: config.cacheMaxBytes,
    sources,
    onNote: (note) => log.warn('cache-note', note),
  });
  cleanup.defer(() => cache.close());
  const state = await StateFile.open(join(config.cacheDir, 'state'), registry.id);
  const engine = createOnnxEngine({ threads: config.engineThreads });
  cleanup.defer(() => engine.close());
  const memoryMaxBytes = config.memoryMaxBytes ?? Number.POSITIVE_INFINITY;
  const trials = createTrialRunner({ memoryLimitBytes: memoryMaxBytes });
  cleanup.defer(() => trials.close());

  const metrics = createMetrics({
    buildLabels: { ...build },
    queuedRows: () => service.queuedRows(),
    readiness: () => service.statuses().map(({ name, ready }) => ({ route: name, isReady: ready })),
  });
  const recorder = new RequestRecorder(metrics);
  const events = combineEvents([
    logLifecycle(log),
    measureLifecycle({
      metrics,
      recorder,
      uriOf: (route) => service.find(route).uriText,
      isLoaded: (route, version) => service.isLoaded(route, version),
    }),
  ]);
  const service: ModelService = new ModelService({
    ...config,
    registry,
    cache,
    state,
    inferences: new EngineLoader({ engine, onBatch: events.batchRan }),
    isEngineHealthy: () => engine.isHealthy,
    trials,
    formats: [createOnnxFormat({ maxThreads: config.engineThreads })],
    verdicts: new VerdictStore(
      join(config.cacheDir, 'verdicts'),
      `switchyard ${build.version}, onnxruntime ${build.onnxruntime}`,
    ),
    memoryMaxBytes,
    events,
    now: Date.now,
    random: Math.random,
  });

  const phase = new PhaseHolder();
  const bodies = new BodyReader(config);
  cleanup.defer(() => bodies.close());
  const admission = new Admission(config.maxConcurrentRequests, (inFlight) =>
    metrics.requestsInFlight.set(inFlight),
  );
  const app: AppParts = {
    service,
    bodies,
    admission,
    phase,
    recorder,
    log,
    metrics,
    protocols: PROTOCOLS,
    onRejected: (reason) => metrics.rejectedRequests.inc({ reason }),
    deadlines: new RequestDeadlines(config.requestTimeoutMs),
    adminToken: config.adminToken,
    isEngineHealthy: () => engine.isHealthy,
    servesMetrics: config.metricsPort === null,
  };
  const onError = (error: Error) => log.error('accept-failed', error.message);
  const { host, port, metricsPort } = config;
  const server = await HttpServer.listen({ app: createApp(app), host, port, onError });
  cleanup.defer(() => server.close());
  let metricsUrl = server.url;
  if (metricsPort !== null) {
    const metricsServer = await HttpServer.listen({
      app: createMetricsApp(app),
      host,
      port: metricsPort,
      onError,
    });
    cleanup.defer(() => metricsServer.close());
    metricsUrl = metricsServer.url;
  }
  // Listens before the first model is there, so that probes get an answer and not a refused connection.
  cleanup.defer(() => service.stop());
  const firstPoll = service.start();
  const running = cleanup.move();

  let stopping: Promise<StopOutcome> | null = null;
  return {
    service,
    url: server.url,
    metricsUrl,
    firstPoll,
    stop: () => {
      stopping ??= stopGracefully({ ...config, service, phase, admission, server, running });
      return stopping;
    },
  };
}
