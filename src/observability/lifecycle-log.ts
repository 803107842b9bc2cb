import { messageOf } from '../errors.ts';
import type { LifecycleEvents } from '../lifecycle/lifecycle-events.ts';
import type { LifecycleObserver } from './combine-events.ts';
import { createFailureLog } from './failure-log.ts';
import type { Log } from './log.ts';
import { describeRepetition, OutageLog } from './outage-log.ts';
import { RepeatedLine } from './repeated-line.ts';
import { versionFields } from './version-fields.ts';

/**
 * What happens to versions, as lines that an operator can follow. What repeats each poll is said once, and of what goes
 * wrong again and again a line now and then.
 *
 * @param now in ms since the epoch.
 */
export function logLifecycle(log: Log, now: () => number = Date.now): LifecycleObserver {
  const outage = new OutageLog(log, now);
  const failures = createFailureLog(log, now);
  const pointerLines = new Map<string, RepeatedLine>();
  const standings = createStandingLog(log);
  return {
    pointerMoved: (model, uri, from, to) =>
      log.audit('pointer-moved', `${uri} names version ${to.version} now`, {
        model,
        uri,
        from: from?.version ?? null,
        to: to.version,
        runId: to.runId,
      }),
    pointerAbsent: (model, uri, reason, isGone) =>
      isGone
        ? log.audit('pointer-gone', `${uri} is gone: ${reason}`, { model, uri })
        : log.warn('pointer-missing', `${uri} is missing, not believed yet: ${reason}`, { model, uri }),
    pointerFailed: (model, uri, error) => {
      // What concerns every pointer is said once.
      if (outage.isAbout(error.message)) return;
      const line = pointerLines.getOrInsertComputed(uri, () => new RepeatedLine(now));
      line.end(); // told only when the problem changes, so this one is new
      const repetition = line.begin(error.message);
      if (repetition === null) return;
      const more = describeRepetition(repetition);
      log.warn(
        'pointer-failed',
        `${uri} cannot be followed now, and what serves goes on: ${error.message}${more}`,
        { model, uri, code: error.code },
      );
    },
    loadStarted: failures.loadStarted,
    loadFailed: failures.loadFailed,
    storeChanged: (model, version) =>
      log.info(
        'store-changed',
        `version ${version.version} is tried again before its time: the store answers again, or has other files`,
        versionFields(model, version),
      ),
    swapped: (model, from, to, outcome) => {
      failures.forget(model);
      log.audit(outcome, `version ${to.version.version} serves`, {
        ...versionFields(model, to.version),
        from: from?.version ?? null,
        digest: to.digest,
        placement: to.placement.placement,
        placementReason: to.placement.reason,
        conversion: to.conversion ?? undefined,
        notes: to.notes.length === 0 ? undefined : to.notes,
      });
    },
    unloaded: (model, version) =>
      log.audit('unloaded', 'taken out of service', { model, version: version?.version ?? null }),
    closed: (model, version, error) =>
      error === null
        ? log.info(
            'closed',
            `version ${version.version} is closed after its last request`,
            versionFields(model, version),
          )
        : log.error(
            'close-failed',
            `version ${version.version} did not close: ${messageOf(error)}`,
            versionFields(model, version),
          ),
    routeTaken: (model, uri, by) =>
      log.warn('route-taken', `${uri} also matches "${model}", which ${by} serves under that name`, {
        model,
        uri,
      }),
    defaultModelChosen: (model) =>
      log.warn(
        'default-model',
        `"${model}" is the only model, so the routes without a name serve it; set SWITCHYARD_DEFAULT_MODEL to say so`,
        { model },
      ),
    nothingMatches: (uri, available) =>
      log.warn(
        'nothing-matches',
        `nothing in the registry matches ${uri}; ${available.length === 0 ? 'it has no model with a version' : `there are ${available.join(', ')}`}`,
        { uri },
      ),
    registryAnswered: () => outage.answered(),
    registryFailed: (error, retryInMs) => outage.failed(error, retryInMs),
    notes: createNoteLog(log),
    stateUnwritten: (model, error) =>
      log.error(
        'state-unwritten',
        `the state file could not be written, so a restart will not know this: ${messageOf(error)}`,
        { model },
      ),
    ...standings,
  };
}

/** Each note once, and that it does not hold any more. */
function createNoteLog(log: Log): LifecycleEvents['notes'] {
  const told = new Map<string, readonly string[]>();
  return (model, notes) => {
    const before = told.get(model) ?? [];
    told.set(model, notes);
    for (const note of notes) if (!before.includes(note)) log.warn('note', note, { model });
    for (const note of before) {
      if (!notes.includes(note)) log.info('note-gone', `no longer so: ${note}`, { model });
    }
  };
}

/** That the account may not write is said once: the gateway is not worse for it. */
function createStandingLog(log: Log): Pick<LifecycleEvents, 'standingTold' | 'standingUntold'> {
  let isRefusalTold = false;
  return {
    standingTold: ({ name, version }, { status, reason }, outcome) => {
      const what = { registeredName: name, version, status, reason };
      if (outcome === 'written')
        log.info('standing-told', `the tags of version ${version} of "${name}" say "${status}" now`, what);
      else log.debug('standing-told', `no tag of version ${version} of "${name}" was set: ${outcome}`, what);
    },
    standingUntold: ({ name, version }, error, retryAt) => {
      const what = { registeredName: name, version, code: error.code };
      const isRefusal = error.code === 'REGISTRY_FORBIDDEN';
      const isQuiet = retryAt !== null || error.code === 'SHUTTING_DOWN' || (isRefusal && isRefusalTold);
      isRefusalTold ||= isRefusal;
      const advice = isRefusal ? '; this is said once, and what serves is not affected' : '';
      log[isQuiet ? 'debug' : 'warn']('standing-untold', `${error.message}${advice}`, what);
    },
  };
}
