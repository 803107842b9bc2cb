import { describe, expect, it } from 'vitest';
import { problemsWith, readWith } from './read-with.ts';

const SERVER = { MLFLOW_TRACKING_URI: 'http://mlflow:5000' };
const PEM = { '/ca.pem': '-----BEGIN CERTIFICATE-----\n' };

function storeWith(env: Readonly<Record<string, string>>) {
  const { registry } = readWith({ env: { ...SERVER, ...env }, files: PEM });
  return registry.kind === 'mlflow' ? registry.objectStore : null;
}

describe('readObjectStoreAccess', () => {
  it('means AWS by default', () => {
    expect(storeWith({})).toEqual({
      endpoint: null,
      usesPathStyle: false,
      region: null,
      isAnonymous: false,
      expectedBucketOwner: null,
      insecureTls: false,
      caPath: null,
      presigned: 'auto',
    });
  });

  it('reads what MLflow and boto3 read', () => {
    const env = {
      MLFLOW_S3_ENDPOINT_URL: 'https://minio:9000/',
      MLFLOW_S3_IGNORE_TLS: 'true',
      MLFLOW_EXPERIMENTAL_S3_SIGNATURE_VERSION: 'unsigned',
      MLFLOW_S3_EXPECTED_BUCKET_OWNER: '123456789012',
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_CA_BUNDLE: '/ca.pem',
      MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD: 'false',
    };
    expect(storeWith(env)).toEqual({
      endpoint: 'https://minio:9000',
      usesPathStyle: true,
      region: 'eu-central-1',
      isAnonymous: true,
      expectedBucketOwner: '123456789012',
      insecureTls: true,
      caPath: '/ca.pem',
      presigned: 'never',
    });
    expect(storeWith({ ...env, AWS_REGION: 'us-west-2' })?.region).toBe('us-west-2');
  });

  it.each([
    [{ MLFLOW_S3_ENDPOINT_URL: 'http://a', AWS_ENDPOINT_URL_S3: 'http://b' }, 'http://a'],
    [{ AWS_ENDPOINT_URL_S3: 'http://b', AWS_ENDPOINT_URL: 'http://c' }, 'http://b'],
    [{ AWS_ENDPOINT_URL: 'http://c/base/' }, 'http://c/base'],
  ])('takes the most particular endpoint of %o', (env, endpoint) => {
    expect(storeWith(env)?.endpoint).toBe(endpoint);
  });

  it.each([
    ['auto', 'http://minio:9000', true],
    ['path', 'http://minio:9000', true],
    ['virtual', 'http://minio:9000', false],
    ['auto', '', false],
    ['path', '', true],
  ])('puts the bucket where botocore does for %s at "%s"', (style, endpoint, usesPathStyle) => {
    const env = { MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE: style, MLFLOW_S3_ENDPOINT_URL: endpoint };
    expect(storeWith(env)?.usesPathStyle).toBe(usesPathStyle);
  });

  it.each([
    [
      { MLFLOW_S3_ENDPOINT_URL: 'minio:9000' },
      /MLFLOW_S3_ENDPOINT_URL: "minio:9000" is given; allowed: the http\(s\) URL/,
    ],
    [{ MLFLOW_S3_ENDPOINT_URL: 'http://key:hush@minio:9000' }, /without user info/],
    [{ MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE: 'paths' }, /"auto", "path", "virtual"/],
    [{ MLFLOW_EXPERIMENTAL_S3_SIGNATURE_VERSION: 's3' }, /"s3v4", "unsigned"/],
    [{ MLFLOW_S3_EXPECTED_BUCKET_OWNER: 'me' }, /twelve digits/],
    [{ AWS_REGION: 'http://evil/' }, /name of a region/],
    [{ AWS_CA_BUNDLE: '/missing.pem' }, /AWS_CA_BUNDLE: "\/missing.pem" is given; /],
  ])('refuses %o', (env, sentence) => {
    const problems = problemsWith({ env: { ...SERVER, ...env }, files: PEM });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(sentence);
  });

  it('does not look at them unless an MLflow server is followed', () => {
    expect(readWith({ env: { AWS_REGION: 'http://evil/' } }).registry.kind).toBe('directory');
  });
});
