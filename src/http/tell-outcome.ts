import type { GatewayError } from '../errors.ts';
import type { RoutedLease, ServedModels } from '../lifecycle/served-models.ts';
import type { Log } from '../observability/log.ts';
import type { RequestRecorder } from '../observability/request-recorder.ts';
import type { ModelAnswer } from '../protocols/protocol.ts';

export interface OutcomeParts {
  readonly service: Pick<ServedModels, 'configuredRoute'>;
  readonly recorder: RequestRecorder;
  /** Counts a request that was refused before any work. */
  readonly onRejected: (reason: string) => void;
  readonly log: Log;
}

/** A model request that has come to its end. */
export interface EndedRequest {
  /** The value of the metrics label `protocol`. */
  readonly protocol: string;
  /** The route that was asked for; `null`: the default model. */
  readonly model: string | null;
  readonly requestId: string;
  /** On the clock of `performance.now()`. */
  readonly startedAt: number;
  /** `null` if no version was chosen. */
  readonly served: RoutedLease | null;
}

export interface Outcome {
  /** The HTTP status, by whichever door the request came. */
  readonly status: number;
  /** On the clock of `performance.now()`. */
  readonly now: number;
  readonly answer: Pick<ModelAnswer, 'timings' | 'nonFinite'> | null;
}

/** Counts a request in the metrics. */
export function recordOutcome(
  { recorder, service }: Pick<OutcomeParts, 'recorder' | 'service'>,
  { protocol, model, served, startedAt }: EndedRequest,
  { status, now, answer }: Outcome,
): void {
  recorder.record({
    model: served?.route ?? service.configuredRoute(model),
    version: served?.lease.servable.version.version ?? '',
    protocol,
    status,
    totalMs: now - startedAt,
    timings: answer?.timings ?? null,
    nonFinite: answer?.nonFinite ?? 0,
  });
}

const REFUSALS = new Set<string>([
  'MODEL_OVERLOADED',
  'RATE_LIMITED',
  'SHUTTING_DOWN',
  'PAYLOAD_TOO_LARGE',
  'BODY_TIMEOUT',
]);

/** Our own faults are logged with their cause, which no client gets to see; the rest only on request. */
export function tellFailure(
  { onRejected, log }: Pick<OutcomeParts, 'onRejected' | 'log'>,
  failure: GatewayError,
  status: number,
  { served, requestId }: EndedRequest,
): void {
  if (REFUSALS.has(failure.code)) onRejected(failure.code);
  const fields = {
    requestId,
    code: failure.code,
    model: served?.route ?? null,
    version: served?.lease.servable.version.version ?? null,
  };
  const isOurs = failure.code === 'INTERNAL' || failure.code === 'INFERENCE_FAILED';
  if (isOurs) log.error('request-failed', failure.message, { ...fields, err: failure.cause ?? failure });
  else log.debug('request-refused', failure.message, { ...fields, status });
}
