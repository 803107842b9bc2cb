import type { ServedModels } from '../lifecycle/served-models.ts';
import type { Admission } from './admission.ts';
import type { PhaseHolder } from './serving-phase.ts';

export type StopOutcome =
  /** Every request was answered. */
  | 'drained'
  /** Requests still ran at the drain limit and were cut off. */
  | 'cut-off'
  /** A native run did not end even then: only SIGKILL ends the process. */
  | 'stuck';

/** What listens: as `HttpServer`. */
export interface StoppableServer {
  finish(timeoutMs: number): Promise<boolean>;
  close(): void;
}

export interface GracefulStopParts {
  readonly service: Pick<ServedModels, 'beginShutdown'>;
  readonly phase: PhaseHolder;
  readonly admission: Admission;
  readonly servers: readonly StoppableServer[];
  /** Everything that is left to close, the servers among it. */
  readonly running: AsyncDisposable;
  readonly shutdownDelayMs: number;
  readonly drainTimeoutMs: number;
}

/** How long a native run may still take after the drain limit. */
const LAST_PATIENCE_MS = 2_000;

/**
 * Ends the gateway as contract 4.5 says: unready at once, serving on for the shutdown delay, then refusing requests
 * (on new connections, too) while running ones are answered to their last byte.
 */
export async function stopGracefully(parts: GracefulStopParts): Promise<StopOutcome> {
  const { phase, servers, running } = parts;
  parts.service.beginShutdown();
  phase.advance('announcing');
  await delay(parts.shutdownDelayMs);
  phase.advance('draining');
  const limitAt = performance.now() + parts.drainTimeoutMs;
  const left = () => Math.max(0, limitAt - performance.now());
  const finish = async () => {
    const finished = await Promise.all(servers.map((server) => server.finish(left())));
    return finished.every((isFinished) => isFinished);
  };
  const isDrained = (await parts.admission.close(left())) && (await finish());
  for (const server of servers) server.close();
  // A run whose request was given up holds its session until it ends.
  const isClosed = await Promise.race([
    running[Symbol.asyncDispose]().then(() => true),
    delay(Math.max(left(), LAST_PATIENCE_MS)).then(() => false),
  ]);
  if (!isClosed) return 'stuck';
  return isDrained ? 'drained' : 'cut-off';
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
