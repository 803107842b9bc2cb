import { GatewayError } from '../errors.ts';
import type { ArtifactSource } from './artifact-source.ts';
import { printableLocation } from './printable-location.ts';

/** Stores that MLflow's server can read for us. */
const STORES: Readonly<Record<string, string>> = {
  gs: 'Google Cloud Storage',
  wasb: 'Azure Blob Storage',
  wasbs: 'Azure Blob Storage',
  abfs: 'Azure Data Lake Storage',
  abfss: 'Azure Data Lake Storage',
  hdfs: 'HDFS',
  viewfs: 'HDFS',
  ftp: 'FTP',
  sftp: 'SFTP',
};

/** S3's protocol under other names. */
const S3_STORES: Readonly<Record<string, string>> = { r2: 'Cloudflare R2', b2: 'Backblaze B2' };

/** @throws GatewayError ARTIFACT_FORBIDDEN that says what to do about a place that no source is for. */
export function pickSource(sources: readonly ArtifactSource[], location: string): ArtifactSource {
  const source = sources.find((candidate) => candidate.accepts(location));
  if (source !== undefined) return source;
  throw new GatewayError(
    'ARTIFACT_FORBIDDEN',
    `artifacts at "${printableLocation(location)}" cannot be fetched: ${whatToDo(location)}`,
  );
}

function whatToDo(location: string): string {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(location)?.[1]?.toLowerCase();
  if (scheme === undefined) return 'that is not a URL of a known kind';
  if (scheme === 'mlflow-artifacts' || scheme === 's3')
    return `no MLflow server is followed, and "${scheme}:" needs one`;
  if (scheme === 'dbfs')
    return '"dbfs:" is Databricks’ own store, which only Databricks reads: fetch the model with "mlflow artifacts download" and register it on an MLflow server of your own';
  if (Object.hasOwn(S3_STORES, scheme))
    return `"${scheme}:" (${S3_STORES[scheme]}) is read by S3's protocol: register the model with an "s3://bucket/…" source and set MLFLOW_S3_ENDPOINT_URL`;
  if (!Object.hasOwn(STORES, scheme))
    return `"${scheme}:" is no place that this gateway knows; ${throughMlflow('')}`;
  const bucket = /^[a-z]+:\/\/[^/?#]*/i.exec(location)?.[0] ?? `${scheme}:`;
  return `"${scheme}:" (${STORES[scheme]}) is not read directly; ${throughMlflow(` ${printableLocation(bucket)}/…`)}`;
}

function throughMlflow(destination: string): string {
  const option = destination === '' ? '--artifacts-destination' : `--artifacts-destination${destination}`;
  return `let the MLflow server hand its files out (--serve-artifacts ${option}), and log and register the model again in a new experiment, because old ones keep their place`;
}
