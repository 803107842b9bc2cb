import type { TlsPaths } from '../http/tls-identity.ts';
import type { InferenceOrder } from '../lifecycle/inference-loader.ts';
import type { ModelStatus } from '../lifecycle/model-status.ts';
import type { OperatorOutcome } from '../lifecycle/operator-actions.ts';
import type { Readiness } from '../lifecycle/readiness.ts';
import type { HintOutcome, RegistryHint } from '../lifecycle/registry-hint.ts';
import type { OperatorCalls } from '../lifecycle/served-models.ts';
import type { VersionChoice } from '../model/version-choice.ts';
import type { MetricValues } from '../observability/metrics.ts';

/** What a member needs of the settings: its share where they are for the whole group. */
export interface MemberSettings {
  readonly host: string;
  /** PEM files; `null`: no TLS. */
  readonly tls: TlsPaths | null;
  /** The paths that Vertex AI calls. */
  readonly vertex: { readonly predictRoute: string | null; readonly healthRoute: string | null };
  readonly maxConcurrentRequests: number;
  readonly bodyTimeoutMs: number;
  readonly maxBufferedBytes: number;
  readonly maxBodyBytes: number;
  readonly requestTimeoutMs: number;
  readonly shutdownDelayMs: number;
  readonly drainTimeoutMs: number;
  readonly pollIntervalMs: number;
  readonly engineThreads: number;
  /** `null`: no limit is known. */
  readonly memoryMaxBytes: number | null;
  readonly logLevel: string;
  readonly logFormat: 'json' | 'pretty';
  /** The text of the secret; `null`: the operator routes are closed. */
  readonly adminToken: string | null;
  /** The text of the secret; `null`: the webhook route is closed. */
  readonly webhookSecret: string | null;
}

/** Where to listen; 0 takes any free port. */
export interface Ports {
  readonly port: number;
  /** `null`: metrics are on the main port. */
  readonly metricsPort: number | null;
  /** `null`: no gRPC. */
  readonly grpcPort: number | null;
}

/** What is known of the models, as far as it has changed since the last such message. */
export interface GroupState {
  /** Every route, in order. */
  readonly routes: readonly string[];
  /** Of routes whose status is another one now. */
  readonly statuses: readonly ModelStatus[];
  readonly defaultRoute: string | null;
  readonly readiness: Readiness;
}

/** What the coordinator asks of a member. */
export type MemberCalls = {
  /** Comes first. */
  start(settings: MemberSettings): void;
  listen(ports: Ports): OpenPorts;
  /** Answered once the version is warm. */
  load(edition: Edition): void;
  flip(flip: Flip): void;
  /** Gives an edition up, or its load. Answered after its last lease. */
  retire(id: number): void;
  tell(state: GroupState): void;
  count(nothing: null): MetricValues;
  /** Answered by every event loop that turns. False: the engine cannot recover. */
  ping(nothing: null): boolean;
  /** Ends as contract 4.5 says, the process, too: its exit code tells how that went. Not answered. */
  stop(nothing: null): never;
};

/** Where a member listens, as URLs. */
export interface OpenPorts {
  readonly url: string;
  /** Where `/metrics` is. */
  readonly metricsUrl: string;
  /** Where gRPC is, as `host:port`; `null`: nowhere. */
  readonly grpcAddress: string | null;
}

/** One version, loaded once in every member; `id` names it from here on. */
export interface Edition {
  readonly id: number;
  readonly order: InferenceOrder;
}

/** From here on the route answers with this edition; `null`: with none. */
export interface Flip {
  readonly route: string;
  readonly id: number | null;
}

/** What an operator has asked of a member. */
export interface OperatorOrder {
  readonly action: keyof OperatorCalls;
  readonly route: string;
  /** Only for a pin. */
  readonly version: string | null;
}

/** Which version of a route's model the registry has under a number or a label. */
export interface VersionQuestion {
  readonly route: string;
  readonly choice: VersionChoice;
}

/** What a member asks of the coordinator. */
export type CoordinatorCalls = {
  /** Answered once every member does what was decided. */
  operate(order: OperatorOrder): OperatorOutcome;
  /** Answered before anything is read. Whether a delivery was taken before is known only there. */
  hint(hint: RegistryHint): HintOutcome;
  findVersion(question: VersionQuestion): string;
  /** The metrics of the whole group, as Prometheus text. */
  scrape(nothing: null): string;
  /** The same as values. */
  countAll(nothing: null): MetricValues;
};
