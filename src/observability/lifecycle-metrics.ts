import type { LifecycleObserver } from './combine-events.ts';
import type { Metrics } from './metrics.ts';
import type { RequestRecorder } from './request-recorder.ts';

/** How long the series of a closed version stay, so that the last scrape still finds them. */
const SERIES_LIFETIME_MS = 600_000;

export interface LifecycleMetricsParts {
  readonly metrics: Metrics;
  readonly recorder: Pick<RequestRecorder, 'recordBatch' | 'drop'>;
  /** The pointer that a route follows. */
  readonly uriOf: (route: string) => string;
  /** Whether a version serves, or is kept warm, under a route. */
  readonly isLoaded: (route: string, version: string) => boolean;
}

/** What happens to versions, as metrics. */
export function measureLifecycle(parts: LifecycleMetricsParts): LifecycleObserver {
  const { metrics, recorder, uriOf, isLoaded } = parts;
  const infoLabels = new Map<string, Record<string, string>>();
  /** One for each version whose series are to go: a version that swings to and fro is closed often. */
  const drops = new Map<string, NodeJS.Timeout>();
  const forget = (route: string) => {
    const labels = infoLabels.get(route);
    if (labels !== undefined) metrics.modelInfo.remove(labels);
    infoLabels.delete(route);
  };
  return {
    loadFinished: (model, _version, outcome, seconds) => {
      metrics.modelLoadDuration.observe({ model, outcome }, seconds);
      if (outcome !== 'swapped') metrics.swaps.inc({ model, outcome });
    },
    swapped: (model, _from, to, outcome) => {
      forget(model);
      const labels = {
        model,
        version: to.version.version,
        uri: uriOf(model),
        run_id: to.version.runId ?? '',
        digest: to.digest,
      };
      infoLabels.set(model, labels);
      metrics.modelInfo.set(labels, 1);
      metrics.swaps.inc({ model, outcome });
      const { conversion } = to;
      // A version may be swapped in again; it was converted for its first swap.
      if (conversion !== null && !conversion.fromCache && outcome === 'swapped')
        metrics.modelConversionDuration.observe({ model }, conversion.conversionMs / 1000);
    },
    unloaded: forget,
    closed: (model, version) => {
      const key = JSON.stringify([model, version.version]);
      clearTimeout(drops.get(key));
      const drop = setTimeout(() => {
        drops.delete(key);
        if (!isLoaded(model, version.version)) recorder.drop(model, version.version);
      }, SERIES_LIFETIME_MS);
      drops.set(key, drop.unref());
    },
    registryAnswered: () => metrics.registryLastSuccess.setToCurrentTime(),
    registryFailed: (error) => metrics.registryErrors.inc({ code: error.code }),
    notes: (model, notes) => metrics.modelNotes.set({ model }, notes.length),
    standingTold: (_version, _standing, outcome) => metrics.verdictTags.inc({ outcome }),
    standingUntold: (_version, error, retryAt) => {
      const dropped = error.code === 'REGISTRY_FORBIDDEN' ? 'forbidden' : 'given-up';
      metrics.verdictTags.inc({ outcome: retryAt === null ? dropped : 'retried' });
    },
    batchRan: (model, version, batch) => recorder.recordBatch(model, version, batch.rows),
  };
}
