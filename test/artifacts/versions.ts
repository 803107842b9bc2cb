import type { FetchRules } from '../../src/artifacts/fetch-rules.ts';
import type { ModelVersion } from '../../src/model/model-version.ts';

export const MLMODEL = 'flavors:\n  onnx:\n    data: model.onnx\n';

export function versionOf(version: string, source = `memory:/iris/${version}`): ModelVersion {
  return {
    registry: 'http://registry',
    workspace: null,
    name: 'iris',
    version,
    modelCreatedAt: 1,
    runId: null,
    source,
    tags: {},
  };
}

export function rulesFor(location: string, changes: Partial<FetchRules> = {}): FetchRules {
  return { locate: async () => location, accept: () => {}, missingFiles: async () => [], ...changes };
}
