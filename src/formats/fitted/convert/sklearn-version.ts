import type { Stored } from '../values/stored.ts';

/**
 * The minor version of the scikit-learn 1.x that saved the estimator; 0 if nothing tells it. Only for rules that no
 * attribute tells apart.
 */
export function sklearnMinor(estimator: Stored): number {
  const version = estimator.find('_sklearn_version')?.text() ?? '';
  return Number(/^1\.(\d+)/.exec(version)?.[1] ?? 0);
}

/** As `sklearnMinor`, where a release in between changed the rule: 3.01 for 1.3.1. */
export function sklearnRelease(estimator: Stored): number {
  const version = estimator.find('_sklearn_version')?.text() ?? '';
  const [, minor = 0, patch = 0] = /^1\.(\d+)(?:\.(\d+))?/.exec(version) ?? [];
  return Number(minor) + Number(patch) / 100;
}
