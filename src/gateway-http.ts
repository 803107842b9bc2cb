import { readBuildInfo } from './build-info.ts';
import type { Config } from './config.ts';
import { Admission } from './http/admission.ts';
import { type AppParts, createApp, createMetricsApp } from './http/app.ts';
import { BodyReader } from './http/body-reader.ts';
import { type StopOutcome, stopGracefully } from './http/graceful-stop.ts';
import { createHttp2Listener } from './http/http2-listener.ts';
import { RequestDeadlines } from './http/request-deadlines.ts';
import { HttpServer, type ListenOptions } from './http/server.ts';
import { PhaseHolder } from './http/serving-phase.ts';
import { TlsIdentity } from './http/tls-identity.ts';
import { WEBHOOK_BODY_LIMITS } from './http/webhook-routes.ts';
import type { ServedModels } from './lifecycle/served-models.ts';
import type { ReadVersionCounts } from './model/version-counts.ts';
import type { Log } from './observability/log.ts';
import type { Metrics } from './observability/metrics.ts';
import type { RequestRecorder } from './observability/request-recorder.ts';
import { countVersions } from './observability/version-counts.ts';
import type { LargeBodies } from './protocols/large-bodies.ts';
import { createMlflowProtocol } from './protocols/mlflow/routes.ts';
import { OffLoopBodies } from './protocols/off-loop/off-loop-bodies.ts';
import { infer } from './protocols/open-inference/infer-route.ts';
import { createOpenInferenceProtocol } from './protocols/open-inference/routes.ts';
import { createPredictProtocol } from './protocols/predict/routes.ts';
import type { Protocol } from './protocols/protocol.ts';
import { createTensorflowServingProtocol } from './protocols/tensorflow-serving/routes.ts';

/** Every wire protocol that is spoken. A further one is one folder and one line here. */
function createProtocols({ largeBodies, models, counts, vertex }: ProtocolParts): readonly Protocol[] {
  const { version } = readBuildInfo();
  const server = { name: 'switchyard', version };
  return [
    // First, because Vertex AI may name a path that another protocol has, too, and calls no other.
    createTensorflowServingProtocol({ largeBodies, models, vertex }),
    createPredictProtocol(largeBodies),
    createMlflowProtocol({
      largeBodies,
      models,
      infer: (request) => infer(request, largeBodies),
      version,
    }),
    createOpenInferenceProtocol({ largeBodies, models, counts, server }),
  ];
}

/** What protocols may need of the rest of the server. */
interface ProtocolParts {
  readonly largeBodies: LargeBodies;
  readonly models: ServedModels;
  readonly counts: ReadVersionCounts;
  readonly vertex: Config['vertex'];
}

/** What of the settings the HTTP side needs. */
export type HttpSettings = Pick<
  Config,
  | 'host'
  | 'port'
  | 'metricsPort'
  | 'grpcPort'
  | 'tls'
  | 'vertex'
  | 'maxConcurrentRequests'
  | 'bodyTimeoutMs'
  | 'maxBufferedBytes'
  | 'maxBodyBytes'
  | 'requestTimeoutMs'
  | 'adminToken'
  | 'webhookSecret'
  | 'shutdownDelayMs'
  | 'drainTimeoutMs'
  | 'memoryMaxBytes'
> & {
  /** Whether other processes listen on the same ports. */
  readonly sharesPorts: boolean;
};

export interface HttpParts {
  readonly settings: HttpSettings;
  readonly service: ServedModels;
  readonly metrics: Metrics;
  readonly recorder: RequestRecorder;
  readonly log: Log;
  readonly isEngineHealthy: () => boolean;
  /** Takes over what was opened, also when opening the rest fails. */
  readonly cleanup: AsyncDisposableStack;
}

/** The open ports. */
export interface OpenHttp {
  /** Where the main port listens. */
  readonly url: string;
  /** Where `/metrics` is: the main port, unless the metrics have one of their own. */
  readonly metricsUrl: string;
  /** Where gRPC is, as `host:port`; `null`: nowhere. */
  readonly grpcAddress: string | null;
  /** Ends as contract 4.5 says. @param running everything that is left to close, the ports among it. */
  stop(running: AsyncDisposable): Promise<StopOutcome>;
}

/**
 * Opens the ports with every route.
 *
 * @throws GatewayError INVALID_SETTING if an address cannot be listened on.
 */
export async function openHttp(parts: HttpParts): Promise<OpenHttp> {
  const { settings, service, metrics, log, cleanup } = parts;
  const phase = new PhaseHolder();
  const bodies = new BodyReader(settings);
  cleanup.defer(() => bodies.close());
  const webhookBodies = new BodyReader({ ...settings, ...WEBHOOK_BODY_LIMITS });
  cleanup.defer(() => webhookBodies.close());
  const largeBodies = new OffLoopBodies({
    maxClaimedBytes: settings.maxBufferedBytes,
    memoryMaxBytes: settings.memoryMaxBytes ?? Number.POSITIVE_INFINITY,
  });
  cleanup.defer(() => largeBodies.close());
  const admission = new Admission(settings.maxConcurrentRequests);
  metrics.takeRequestsInFlightFrom(() => admission.inFlight);
  const counts = async () => countVersions(await metrics.allValues());
  const app: AppParts = {
    ...parts,
    bodies,
    webhookBodies,
    admission,
    phase,
    protocols: createProtocols({ largeBodies, models: service, counts, vertex: settings.vertex }),
    onRejected: (reason) => metrics.rejectedRequests.inc({ reason }),
    maxBodyBytes: settings.maxBodyBytes,
    deadlines: new RequestDeadlines(settings.requestTimeoutMs),
    adminToken: settings.adminToken,
    webhookSecret: settings.webhookSecret,
    servesMetrics: settings.metricsPort === null,
  };
  const onError = (error: Error) => log.error('accept-failed', error.message);
  const tls = openTls(settings, log);
  if (tls !== null) cleanup.defer(() => tls.close());
  const { host, port, metricsPort, grpcPort, sharesPorts: sharesPort } = settings;
  const address = { host, sharesPort, onError, tls };
  const grpc = grpcPort === null ? null : await createGrpc(app);
  if (grpc !== null) cleanup.defer(() => grpc.close());
  const takeHttp2 = grpc !== null && grpcPort === port && port !== 0 ? grpc.takeConnection : null;
  const mainApp = createApp(app);
  if (takeHttp2 !== null) grpc?.answerPlain(createHttp2Listener(mainApp));
  const server = await listen({ ...address, app: mainApp, port, takeHttp2 }, cleanup);
  const metricsServer =
    metricsPort === null
      ? server
      : await listen({ ...address, tls: null, app: createMetricsApp(app), port: metricsPort }, cleanup);
  if (grpc !== null && takeHttp2 === null) await grpc.listen({ ...address, port: grpcPort! });
  return {
    url: server.url,
    metricsUrl: metricsServer.url,
    grpcAddress: grpc?.address ?? (grpc === null ? null : new URL(server.url).host),
    stop: (whole) => {
      const running = closeBefore(largeBodies, whole);
      const servers = grpc === null ? [server] : [server, grpc];
      return stopGracefully({ ...settings, service, phase, admission, servers, running });
    },
  };
}

async function listen(options: ListenOptions, cleanup: AsyncDisposableStack): Promise<HttpServer> {
  const server = await HttpServer.listen(options);
  cleanup.defer(() => server.close());
  return server;
}

/** @throws GatewayError INVALID_SETTING if the files are of no use. */
function openTls({ tls }: HttpSettings, log: Log): TlsIdentity | null {
  if (tls === null) return null;
  return new TlsIdentity(tls, (error) =>
    log.error('certificate-refused', `the certificate in use stays: ${error.message}`),
  );
}

/** Its library is loaded only where it is wanted. */
async function createGrpc(parts: AppParts) {
  const { createGrpcServer } = await import('./grpc/create-grpc-server.ts');
  return createGrpcServer(parts);
}

/** Requests that were cut off while they waited for a codec thread hold leases, for whose end the models wait. */
function closeBefore(largeBodies: OffLoopBodies, running: AsyncDisposable): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: async () => {
      await Promise.all([largeBodies.close(), running[Symbol.asyncDispose]()]);
    },
  };
}
