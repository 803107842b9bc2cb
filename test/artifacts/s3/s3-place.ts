import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Access } from '../../../src/artifacts/s3/s3-access.ts';
import { startHttpServer } from '../../fakes/http-server.ts';
import { s3Answers } from '../../fakes/s3-answers.ts';

/** URL of a real store; without it the tests use one that answers as such a store does. Its content goes to new buckets. */
const REAL_STORE = process.env.SWITCHYARD_TEST_S3_ENDPOINT;

export function accessTo(endpoint: string, changes: Partial<S3Access> = {}): S3Access {
  return {
    endpoint,
    usesPathStyle: true,
    region: 'us-east-1',
    isAnonymous: false,
    expectedBucketOwner: null,
    insecureTls: false,
    caPath: null,
    ...changes,
  };
}

/** A store with these objects in one bucket. */
export async function startStore(objects: ReadonlyMap<string, Uint8Array>) {
  const bucket = `models-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  if (REAL_STORE !== undefined) {
    const client = new S3Client({ endpoint: REAL_STORE, region: 'us-east-1', forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    for (const [key, content] of objects)
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: content }));
    client.destroy();
    return { endpoint: REAL_STORE, bucket, close: async () => {} };
  }
  const stored = new Map([...objects].map(([key, content]) => [`${bucket}/${key}`, content]));
  const server = await startHttpServer(s3Answers(stored));
  return { endpoint: server.origin, bucket, close: () => server.close() };
}
