import type { ListFolder } from './list-folder.ts';
import { findModelLayout } from './model-layout.ts';
import type { RegistryChoice } from './registry-choice.ts';
import { path } from './setting-parsers.ts';
import type { SettingReader } from './setting-reader.ts';

/** Where SageMaker and KServe mount a model, in the order in which they are looked at. */
const MOUNT_POINTS = ['/opt/ml/model', '/mnt/models'] as const;

export interface MountSources {
  readonly workingDirectory: string;
  readonly listFolder: ListFolder;
}

/**
 * The model directory that a setting names; `null` without one. It is looked into for how the model lies in it, but
 * need not be there: one that is missing is an outage, which must not stop a restart on the same cache.
 */
export function readModelDirectory(reader: SettingReader, sources: MountSources): RegistryChoice | null {
  const given = reader.given('SWITCHYARD_MODEL_DIR');
  if (given === null) return null;
  const directory = reader.parse(given, path(sources.workingDirectory)) ?? '';
  return choose(directory, given.label, sources);
}

/**
 * The model directory that a container platform mounted, where no setting says what to serve: `AZUREML_MODEL_DIR`,
 * `/opt/ml/model`, `/mnt/models`, the first that holds anything; `null` if none does. One that may not be read counts,
 * so that its registry says so and no other model is served in its place. A model that Vertex AI only
 * tells the place of is reported to `reader`, because nobody else would fetch it.
 */
export function findMountedModel(reader: SettingReader, sources: MountSources): RegistryChoice | null {
  const azure = reader.read('AZUREML_MODEL_DIR', path(sources.workingDirectory));
  const candidates = [
    ...(azure === null ? [] : [{ directory: azure, decidedBy: 'AZUREML_MODEL_DIR' }]),
    ...MOUNT_POINTS.map((directory) => ({ directory, decidedBy: `the mounted ${directory}` })),
  ];
  const mounted = candidates.find(({ directory }) => sources.listFolder(directory)?.length !== 0);
  if (mounted !== undefined) return choose(mounted.directory, mounted.decidedBy, sources);
  const storage = reader.given('AIP_STORAGE_URI');
  if (storage !== null) {
    reader.refuse(
      storage,
      'models are not fetched from there; copy the model into the image and set SWITCHYARD_MODEL_DIR to its directory, or set MLFLOW_TRACKING_URI to follow a registry',
    );
  }
  return null;
}

function choose(root: string, decidedBy: string, { listFolder }: MountSources): RegistryChoice {
  const layout = findModelLayout(root, listFolder);
  const { directory } = layout;
  if (layout.kind === 'model') return { kind: 'model-directory', directory, decidedBy };
  return { kind: 'directory', directory, isPackaged: false, decidedBy, mountedNames: layout.names };
}
