import type { ServedModels } from '../../lifecycle/served-models.ts';
import {
  noCounts,
  type ReadVersionCounts,
  type TimedCount,
  type VersionCounts,
} from '../../model/version-counts.ts';
import { jsonAnswer } from '../json-answer.ts';
import type { InfoRoute } from '../protocol.ts';
import { leaseOf, MODEL_PATHS, versionsOf } from './model-paths.ts';

/** What was counted of the versions that are loaded, of one model or all, as Triton tells it (nanoseconds in all). */
export function statisticsRoutes(models: ServedModels, counts: ReadVersionCounts): readonly InfoRoute[] {
  const answer = async (wanted: readonly (readonly [model: string, version: string])[]) => {
    const all = await counts();
    const stats = wanted.map(([model, version]) => {
      const found = all.find((one) => one.model === model && one.version === version);
      return describe(found ?? noCounts(model, version));
    });
    return jsonAnswer({ model_stats: stats });
  };
  const loadedOf = (model: string) =>
    versionsOf(models.status(model)).map((version) => [model, version] as const);
  return [
    {
      method: 'GET',
      path: '/v2/models/stats',
      handle: () => answer(models.statuses().flatMap(({ name }) => loadedOf(name))),
    },
    ...MODEL_PATHS.map(
      (path): InfoRoute => ({
        method: 'GET',
        path: `${path}/stats`,
        handle: async (request) => {
          const model = request.param('model')!;
          if (request.param('version') === undefined) return answer(loadedOf(model));
          using lease = await leaseOf(models, request);
          return answer([[model, lease.servable.version.version]]);
        },
      }),
    ),
  ];
}

function describe({ model, version, rows, runs, lastAt, ...times }: VersionCounts) {
  const none = { count: 0, ns: 0 };
  return {
    name: model,
    version,
    last_inference: Math.round(lastAt * 1000),
    inference_count: rows,
    execution_count: runs,
    inference_stats: {
      success: duration(times.answered),
      fail: duration(times.failed),
      queue: duration(times.queue),
      compute_input: duration(times.parse),
      compute_infer: duration(times.inference),
      compute_output: duration(times.encode),
      cache_hit: none,
      cache_miss: none,
    },
    response_stats: {},
    batch_stats: [],
    memory_usage: [],
  };
}

function duration({ count, seconds }: TimedCount) {
  return { count, ns: Math.round(seconds * 1e9) };
}
