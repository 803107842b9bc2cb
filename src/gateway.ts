import { readBuildInfo } from './build-info.ts';
import type { Config } from './config.ts';
import { createOnnxEngine } from './engine/onnx-engine.ts';
import { loadRuntime } from './engine/onnx-session.ts';
import { openHttp } from './gateway-http.ts';
import { createModels } from './gateway-models.ts';
import type { StopOutcome } from './http/graceful-stop.ts';
import { EngineLoader } from './lifecycle/engine-loader.ts';
import type { ModelService } from './lifecycle/model-service.ts';
import { combineEvents } from './observability/combine-events.ts';
import { logLifecycle } from './observability/lifecycle-log.ts';
import { measureLifecycle } from './observability/lifecycle-metrics.ts';
import type { Log } from './observability/log.ts';
import { createMetrics } from './observability/metrics.ts';
import { modelReadiness } from './observability/model-readiness.ts';
import { RequestRecorder } from './observability/request-recorder.ts';

/** A running gateway. */
export interface Gateway {
  readonly service: ModelService;
  /** Where the main port listens. */
  readonly url: string;
  /** Where `/metrics` is: the main port, unless the metrics have one of their own. */
  readonly metricsUrl: string;
  /** Where gRPC is, as `host:port`; `null`: nowhere. */
  readonly grpcAddress: string | null;
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
 * Puts everything together and starts it. What is made first is closed last; a start that fails closes what it had
 * made.
 *
 * @throws GatewayError with a sentence for the operator.
 */
export async function startGateway(config: Config, log: Log): Promise<Gateway> {
  await using cleanup = new AsyncDisposableStack();
  await loadRuntime();
  const metrics = createMetrics({
    buildLabels: { ...readBuildInfo() },
    queuedRows: () => service.queuedRows(),
    readiness: () => service.statuses().map(modelReadiness),
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
  const engine = createOnnxEngine({ threads: config.engineThreads });
  cleanup.defer(() => engine.close());
  const inferences = new EngineLoader({ engine, onBatch: events.batchRan });
  const isEngineHealthy = () => engine.isHealthy;
  const models = await createModels({ config, log, inferences, isEngineHealthy, events, cleanup });
  const service: ModelService = models.service;
  // Listens before the first model is there, so that probes get an answer and not a refused connection.
  const http = await openHttp({
    settings: { ...config, sharesPorts: false },
    service,
    metrics,
    recorder,
    log,
    isEngineHealthy,
    cleanup,
  });
  cleanup.defer(() => service.stop());
  const firstPoll = service.start();
  const running = cleanup.move();

  let stopping: Promise<StopOutcome> | null = null;
  const { url, metricsUrl, grpcAddress } = http;
  const stop = () => {
    stopping ??= http.stop(running);
    return stopping;
  };
  return { service, url, metricsUrl, grpcAddress, firstPoll, stop };
}
