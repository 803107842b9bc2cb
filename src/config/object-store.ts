import { type PemSources, readPemFile } from './pem-file.ts';
import { flag, oneOf, type SettingParser } from './setting-parsers.ts';
import type { SettingReader } from './setting-reader.ts';

/**
 * How object stores are reached, as MLflow's client and boto3 take it from their environment (MLflow 3.17:
 * `store/artifact/s3_artifact_repo.py`). The keys themselves are read by AWS's SDK and are never ours.
 */
export interface ObjectStoreAccess {
  /** URL of a store that is not AWS's; `null` for AWS. */
  readonly endpoint: string | null;
  readonly usesPathStyle: boolean;
  readonly region: string | null;
  /** Requests are not signed. */
  readonly isAnonymous: boolean;
  readonly expectedBucketOwner: string | null;
  readonly insecureTls: boolean;
  /** PEM file that was there at start. */
  readonly caPath: string | null;
  /** Whether files are fetched by URLs that the MLflow server signs; `auto`: large ones. */
  readonly presigned: 'auto' | 'always' | 'never';
}

const endpoint: SettingParser<string> = {
  allowed: 'the http(s) URL of the store without user info and query, such as http://minio:9000',
  parse: (value) => {
    const url = typeof value === 'string' ? URL.parse(value) : null;
    if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
      return undefined;
    return url.search === '' && url.hash === '' ? url.href.replace(/\/+$/, '') : undefined;
  },
};

const region: SettingParser<string> = {
  allowed: 'the name of a region, such as eu-central-1',
  parse: (value) => (typeof value === 'string' && /^[A-Za-z0-9-]{1,64}$/.test(value) ? value : undefined),
};

const account: SettingParser<string> = {
  allowed: 'the twelve digits of an AWS account (in YAML: in quotes)',
  parse: (value) => (typeof value === 'string' && /^\d{12}$/.test(value) ? value : undefined),
};

/** Reads the settings of object stores; what is wrong is reported to `reader`. */
export function readObjectStoreAccess(reader: SettingReader, sources: PemSources): ObjectStoreAccess {
  const url =
    reader.read('MLFLOW_S3_ENDPOINT_URL', endpoint) ??
    reader.read('AWS_ENDPOINT_URL_S3', endpoint) ??
    reader.read('AWS_ENDPOINT_URL', endpoint);
  const style = reader.read('MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE', oneOf(['auto', 'path', 'virtual']));
  const signature = oneOf(['s3v4', 'unsigned']);
  return {
    endpoint: url,
    // As botocore decides: by the path with every endpoint of one's own, unless told otherwise.
    usesPathStyle: url === null ? style === 'path' : style !== 'virtual',
    region: reader.read('AWS_REGION', region) ?? reader.read('AWS_DEFAULT_REGION', region),
    isAnonymous: reader.read('MLFLOW_EXPERIMENTAL_S3_SIGNATURE_VERSION', signature) === 'unsigned',
    expectedBucketOwner: reader.read('MLFLOW_S3_EXPECTED_BUCKET_OWNER', account),
    insecureTls: reader.read('MLFLOW_S3_IGNORE_TLS', flag) ?? false,
    presigned: readPresignedUse(reader),
    caPath: readPemFile('AWS_CA_BUNDLE', ['CERTIFICATE'], reader, sources),
  };
}

function readPresignedUse(reader: SettingReader): ObjectStoreAccess['presigned'] {
  const isEnabled = reader.read('MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD', flag);
  if (isEnabled === null) return 'auto';
  return isEnabled ? 'always' : 'never';
}
