import type { ModelVersion } from '../model/model-version.ts';

/** The fields by which every line about a version can be found. */
export function versionFields(model: string, version: ModelVersion) {
  return { model, registeredName: version.name, version: version.version, runId: version.runId };
}
