import type { GatewayError } from '../../errors.ts';
import { type ModelVersion, versionKey } from '../../model/model-version.ts';
import type { LifecycleEvents } from '../lifecycle-events.ts';
import { StandingLedger, type Statement } from './standing-ledger.ts';

export interface TellStandingsParts {
  readonly tell: (statement: Statement) => void;
  /** In ms since the epoch. */
  readonly now: () => number;
}

/**
 * Turns what the lifecycle tells into what the registry is told of each version.
 *
 * A version that loses its place is `previous` for good, also once it is closed: that word and its reason stay true, so
 * nothing has to be taken back.
 */
export function tellStandings({ tell, now }: TellStandingsParts): Partial<LifecycleEvents> {
  const ledger = new StandingLedger();
  const say = (...statements: readonly (Statement | null)[]) => {
    for (const statement of statements) if (statement !== null) tell(statement);
  };
  const displace = (route: string, version: ModelVersion, reason: string) =>
    say(ledger.set(route, version, { status: 'previous', reason, digest: null, servedAt: null }));
  return {
    swapped: (route, from, to, outcome) => {
      const { version, digest } = to;
      const reason = `serves as "${route}"`;
      say(ledger.set(route, version, { status: 'live', reason, digest, servedAt: new Date(now()) }));
      if (from === null || versionKey(from) === versionKey(version)) return;
      const how = outcome === 'rolled-back' ? ', by a rollback' : '';
      displace(route, from, `version ${version.version} took its place as "${route}"${how}`);
    },
    unloaded: (route, version) => {
      if (version !== null) displace(route, version, `out of service as "${route}": its pointer is gone`);
    },
    loadFailed: (route, version, error, retryAt) => {
      const status = error.code === 'SIGNATURE_INCOMPATIBLE' ? 'rejected' : 'failed';
      const reason = whyNot(route, error, retryAt !== null);
      say(ledger.set(route, version, { status, reason, digest: null, servedAt: null }));
    },
    pointerMoved: (route, _uri, _from, to) =>
      say(
        ...ledger.drop(route, (version, { status }) => {
          const isRefused = status === 'failed' || status === 'rejected';
          return isRefused && versionKey(version) !== versionKey(to);
        }),
      ),
    closed: (route, closed) =>
      say(
        ...ledger.drop(
          route,
          (version, { status }) => status === 'previous' && versionKey(version) === versionKey(closed),
        ),
      ),
  };
}

function whyNot(route: string, error: GatewayError, isTriedAgain: boolean): string {
  const next = isTriedAgain
    ? 'it is tried again'
    : 'it is not tried again until the pointer moves or an operator refreshes the model';
  return `cannot serve as "${route}": ${withoutSecrets(error.message)} (${error.code}); ${next}`;
}

/** Messages are made without secrets; as these go to another system, URLs lose user info and query once more. */
function withoutSecrets(message: string): string {
  return message
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s"'@]*@/gi, '$1')
    .replace(/(https?:\/\/[^\s"'?]*)\?[^\s"']*/gi, '$1');
}
