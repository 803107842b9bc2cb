import type { Setting } from './setting.ts';

/** What MLflow, boto3 and every AWS program read of a store of objects; part of `SETTINGS`. */
export const OBJECT_STORE_SETTINGS = [
  {
    variable: 'MLFLOW_S3_ENDPOINT_URL',
    yamlKey: 'mlflowS3EndpointUrl',
    default: '`AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, else AWS',
    meaning:
      'URL of an S3-compatible store for `s3:` artifacts; the keys are found as every AWS program finds them (`AWS_ACCESS_KEY_ID`, `AWS_PROFILE`, roles, …)',
  },
  {
    variable: 'AWS_ENDPOINT_URL_S3',
    yamlKey: null,
    default: '`AWS_ENDPOINT_URL`',
    meaning: 'the same, where `MLFLOW_S3_ENDPOINT_URL` is unset',
  },
  {
    variable: 'AWS_ENDPOINT_URL',
    yamlKey: null,
    default: 'unset: AWS',
    meaning: 'the same, where both are unset',
  },
  {
    variable: 'MLFLOW_S3_IGNORE_TLS',
    yamlKey: 'mlflowS3IgnoreTls',
    default: '`false`',
    meaning: '`true`: the store’s certificate is not verified',
  },
  {
    variable: 'MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE',
    yamlKey: 'mlflowBotoClientAddressingStyle',
    default: '`auto`',
    meaning:
      'where the bucket stands: `path` (in the path), `virtual` (in the host), `auto` (in the path for a store that is not AWS’s)',
  },
  {
    variable: 'MLFLOW_EXPERIMENTAL_S3_SIGNATURE_VERSION',
    yamlKey: 'mlflowExperimentalS3SignatureVersion',
    default: '`s3v4`',
    meaning: '`unsigned` for public buckets: no keys are used',
  },
  {
    variable: 'MLFLOW_S3_EXPECTED_BUCKET_OWNER',
    yamlKey: 'mlflowS3ExpectedBucketOwner',
    default: 'unset',
    meaning: 'AWS account that buckets must belong to',
  },
  {
    variable: 'AWS_REGION',
    yamlKey: null,
    default: '`AWS_DEFAULT_REGION`, the profile’s, else `us-east-1`',
    meaning: 'region of the bucket',
  },
  {
    variable: 'AWS_DEFAULT_REGION',
    yamlKey: null,
    default: 'unset',
    meaning: 'the same, where `AWS_REGION` is unset',
  },
  {
    variable: 'AWS_CA_BUNDLE',
    yamlKey: null,
    default: 'unset: the public authorities',
    meaning: 'PEM file with the authorities that the store’s certificate is verified with',
  },
  {
    variable: 'MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD',
    yamlKey: 'mlflowEnableProxyMultipartDownload',
    default: 'unset: files of 16 MB and more',
    meaning:
      'whether `mlflow-artifacts:` files are fetched from the store behind the MLflow server, by URLs that the server signs (3.11 and later, over S3): `true` all, `false` none. What cannot be fetched so comes through the server',
  },
] as const satisfies readonly Setting[];
