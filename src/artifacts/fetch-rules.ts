import type { MlModel } from '../model/ml-model.ts';

/** What a download asks of the one who wants it. */
export interface FetchRules {
  /** Where the files lie now (`ModelRegistry.locate`). Called only once a download really begins. */
  locate(signal: AbortSignal): Promise<string>;

  /**
   * Throws to refuse the version before the rest is downloaded. `mlmodel` is `null` if the version has none; `paths` are
   * all its files, or just the ones at hand if the source cannot list.
   */
  accept(mlmodel: MlModel | null, paths: readonly string[]): void;

  /**
   * Which files are needed and not in `directory` yet, relative to it. Asked only if the source cannot list, after each
   * round of downloads until the answer is empty; one that does not exist fails the version.
   */
  missingFiles(directory: string): Promise<readonly string[]>;
}
