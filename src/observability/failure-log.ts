import { type GatewayError, messageOf } from '../errors.ts';
import type { LifecycleEvents } from '../lifecycle/lifecycle-events.ts';
import type { ModelVersion } from '../model/model-version.ts';
import type { Log } from './log.ts';
import { describeRepetition } from './outage-log.ts';
import { RepeatedLine } from './repeated-line.ts';
import { versionFields } from './version-fields.ts';

/**
 * Loads and what becomes of those that fail. A version that goes on failing for the same reason is told of at once, and
 * then every ten minutes (a new wording at most once a minute); each attempt stands in the log at `debug`.
 *
 * @param now in ms since the epoch.
 */
export function createFailureLog(
  log: Log,
  now: () => number,
): Pick<LifecycleEvents, 'loadStarted' | 'loadFailed'> & { readonly forget: (model: string) => void } {
  const told = new Map<string, { readonly key: string; readonly line: RepeatedLine }>();
  const lineOf = (model: string, version: ModelVersion, error: GatewayError): RepeatedLine => {
    const key = `${keyOf(version)} ${error.code}`;
    const known = told.get(model);
    if (known?.key === key) return known.line;
    const line = new RepeatedLine(now);
    told.set(model, { key, line });
    return line;
  };
  return {
    loadStarted: (model, version) => {
      const isRepeated = told.get(model)?.key.startsWith(`${keyOf(version)} `) ?? false;
      const fields = versionFields(model, version);
      log[isRepeated ? 'debug' : 'info']('load-started', `loading version ${version.version}`, fields);
    },
    loadFailed: (model, version, error, retryAt) => {
      const repetition = lineOf(model, version, error).begin(error.message);
      const more = repetition === null ? '' : describeRepetition(repetition);
      log[repetition === null ? 'debug' : 'error'](
        'load-failed',
        `version ${version.version} cannot serve: ${error.message}${more}`,
        {
          ...versionFields(model, version),
          code: error.code,
          nextRetryAt: retryAt === null ? null : new Date(retryAt).toISOString(),
          cause: error.cause === undefined ? undefined : messageOf(error.cause),
        },
      );
    },
    forget: (model) => void told.delete(model),
  };
}

function keyOf({ name, version, source }: ModelVersion): string {
  return JSON.stringify([name, version, source]);
}
