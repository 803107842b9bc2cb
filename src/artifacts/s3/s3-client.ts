import { readFileSync } from 'node:fs';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { S3Access } from './s3-access.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 60_000;
/** Of one request, before its body is read; a body that is cut is the cache's matter. */
const MAX_ATTEMPTS = 3;
/** What boto3 takes where nothing names a region. */
const FALLBACK_REGION = 'us-east-1';

/** The SDK writes to the console unless it is given something else; what it would say there reaches us as errors. */
class Silence {
  trace(): void {}
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(): void {}
}

/** The SDK's client for a store: AWS's own chain of credentials, unless access is anonymous. */
export async function createS3Client(access: S3Access): Promise<S3Client> {
  const region = access.region ?? (await profileRegion()) ?? FALLBACK_REGION;
  const ca = access.caPath === null ? undefined : readFileSync(access.caPath);
  const config: S3ClientConfig = {
    region,
    forcePathStyle: access.usesPathStyle,
    followRegionRedirects: access.endpoint === null,
    maxAttempts: MAX_ATTEMPTS,
    // Stores that are not AWS's know other checksums, or none; sizes are checked by the cache.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    logger: new Silence(),
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: access.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
      httpsAgent: {
        keepAlive: true,
        rejectUnauthorized: !access.insecureTls,
        ...(ca === undefined ? {} : { ca }),
      },
    }),
    ...(access.endpoint === null ? {} : { endpoint: access.endpoint }),
    ...(access.isAnonymous ? ANONYMOUS : {}),
  };
  return new S3Client(config);
}

const ANONYMOUS: Pick<S3ClientConfig, 'credentials' | 'signer'> = {
  credentials: { accessKeyId: 'anonymous', secretAccessKey: 'anonymous' },
  signer: { sign: async (request) => request },
};

/** Of `AWS_REGION` or the profile in force; `null` if neither names one. */
async function profileRegion(): Promise<string | null> {
  const client = new S3Client({ logger: new Silence() });
  try {
    return await client.config.region();
  } catch {
    return null;
  } finally {
    client.destroy();
  }
}
