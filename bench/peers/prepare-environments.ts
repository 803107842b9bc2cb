import type { RunReport } from '../report/run-report.ts';
import type { PeerEnvironments, Target } from '../targets/target.ts';
import { prepareEnvironment } from './prepare-environment.ts';

const REQUIREMENTS: Readonly<Record<keyof PeerEnvironments, string>> = {
  peers: 'requirements.txt',
  mlserver: 'mlserver-requirements.txt',
};

export interface PreparedTargets {
  /** Where an environment could not be made, its directory is empty. */
  readonly environments: PeerEnvironments;
  /** The targets that can be started. */
  readonly available: readonly Target[];
  readonly missing: RunReport['missing'];
}

/** Makes the Python environments that the targets need, and leaves out the targets whose environment cannot be made. */
export function prepareEnvironments(targets: readonly Target[], cacheDirectory: string): PreparedTargets {
  const environments = { peers: '', mlserver: '' };
  const problems = new Map<Target['needs'], string>();
  for (const name of ['peers', 'mlserver'] as const) {
    // Models are made with the first.
    if (name !== 'peers' && !targets.some(({ needs }) => needs === name)) continue;
    try {
      environments[name] = prepareEnvironment(REQUIREMENTS[name], cacheDirectory);
    } catch (error) {
      problems.set(name, (error as Error).message);
    }
  }
  const reasonOf = ({ needs }: Target) => problems.get(needs) ?? null;
  return {
    environments,
    available: targets.filter((target) => reasonOf(target) === null),
    missing: targets.flatMap((target) => {
      const reason = reasonOf(target);
      return reason === null ? [] : [{ target: target.name, reason }];
    }),
  };
}
