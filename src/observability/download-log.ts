import type { ModelVersion } from '../model/model-version.ts';
import type { Log } from './log.ts';

/** What is told of a download that takes long: `ArtifactCacheOptions.onProgress`. */
export interface Download {
  readonly receivedBytes: number;
  /** `null` while it is unknown. */
  readonly totalBytes: number | null;
  readonly bytesPerSecond: number;
  readonly elapsedMs: number;
  readonly isDone: boolean;
}

/** A line for each report of a download, with its figures as fields. Megabytes are powers of ten. */
export function logDownloads(log: Log): (version: ModelVersion, download: Download) => void {
  return ({ name, version }, { receivedBytes, totalBytes, bytesPerSecond, elapsedMs, isDone }) => {
    const megabytesPerSecond = Number((bytesPerSecond / 1e6).toFixed(1));
    const received = `${megabytes(receivedBytes)} MB`;
    const of = totalBytes === null ? '' : ` of ${megabytes(totalBytes)} MB`;
    const seconds = (elapsedMs / 1_000).toFixed(1);
    const message = isDone
      ? `version ${version} of "${name}" is fetched: ${received} in ${seconds} s, ${megabytesPerSecond} MB/s`
      : `version ${version} of "${name}" is being fetched: ${received}${of}, ${megabytesPerSecond} MB/s`;
    log.info('download', message, {
      model: name,
      version,
      receivedBytes,
      totalBytes,
      megabytesPerSecond,
      elapsedMs,
    });
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
