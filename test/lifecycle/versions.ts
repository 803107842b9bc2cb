import type { ModelVersion } from '../../src/model/model-version.ts';

/** A version of the model `iris`, or of another. */
export function versionOf(version: string | number, changes: Partial<ModelVersion> = {}): ModelVersion {
  const name = changes.name ?? 'iris';
  return {
    registry: 'http://registry',
    workspace: null,
    name,
    version: String(version),
    modelCreatedAt: 1,
    runId: `run-${version}`,
    source: `memory:/${name}/${version}`,
    tags: {},
    ...changes,
  };
}
