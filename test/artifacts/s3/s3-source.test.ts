import { Buffer } from 'node:buffer';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { S3Access } from '../../../src/artifacts/s3/s3-access.ts';
import { createS3Source } from '../../../src/artifacts/s3/s3-source.ts';
import { describeArtifactSource, readAll } from '../../contracts/artifact-source-contract.ts';
import { startHttpServer } from '../../fakes/http-server.ts';
import { answerS3Error } from '../../fakes/s3-answers.ts';
import { accessTo, startStore } from './s3-place.ts';

vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'hush-secret');
vi.stubEnv('AWS_SESSION_TOKEN', 'hush-token');

const { signal } = new AbortController();

describeArtifactSource({
  name: 'S3',
  canList: true,
  canResume: true,
  async start(files) {
    const folder = '1/models/ü a%20b';
    const objects = new Map([...files].map(([path, content]) => [`${folder}/${path}`, content]));
    // What must not show up: markers, and a folder whose name begins in the same way.
    objects.set(`${folder}/`, Buffer.alloc(0));
    objects.set(`${folder}/data/`, Buffer.alloc(0));
    objects.set(`${folder} too/MLmodel`, Buffer.from('another'));
    const store = await startStore(objects);
    const source = createS3Source(accessTo(store.endpoint));
    return {
      source,
      location: `s3://${store.bucket}/${folder}/`,
      forbiddenLocation: null,
      async close() {
        await source.close();
        await store.close();
      },
    };
  },
});

describe('createS3Source', () => {
  async function sourceOf(objects: Readonly<Record<string, string>>) {
    const store = await startStore(
      new Map(Object.entries(objects).map(([key, text]) => [key, Buffer.from(text)])),
    );
    const source = createS3Source(accessTo(store.endpoint));
    onTestFinished(async () => {
      await source.close();
      await store.close();
    });
    return { source, bucket: store.bucket };
  }

  it('lists more than a thousand objects', async () => {
    const names = Array.from({ length: 1_205 }, (_, index) => `m/data/${index}.bin`);
    const { source, bucket } = await sourceOf(Object.fromEntries(names.map((name) => [name, 'x'])));
    const listed = await source.list(`s3://${bucket}/m`, signal);
    expect(new Set(listed!.map(({ path }) => `m/${path}`))).toEqual(new Set(names));
  }, 60_000);

  it('reads a model that lies in the bucket itself', async () => {
    const { source, bucket } = await sourceOf({ MLmodel: 'flavors: {}' });
    for (const location of [`s3://${bucket}`, `S3://${bucket}/`]) {
      expect(await source.list(location, signal)).toEqual([{ path: 'MLmodel', sizeBytes: 11 }]);
      expect((await readAll(await source.open({ location, path: 'MLmodel' }, signal))).toString()).toBe(
        'flavors: {}',
      );
    }
  });

  it.each(['m/../secret', 'm/a//b', 'm/a\\b', 'm/C:/x', 'm/x\u0001y'])(
    'refuses a folder with the key %j',
    async (key) => {
      const { source, bucket } = await sourceOf({ [key]: 'x' });
      await expect(source.list(`s3://${bucket}/m`, signal)).rejects.toMatchObject({
        code: 'ARTIFACT_INVALID',
        message: expect.stringContaining('artifact path'),
      });
    },
  );

  it.each(['s3:bucket/x', 's3:///x', 's3://a b/x', 's3://-/x'])(
    'refuses the location %j',
    async (location) => {
      const source = createS3Source(accessTo('http://127.0.0.1:9'));
      await expect(source.list(location, signal)).rejects.toMatchObject({ code: 'ARTIFACT_INVALID' });
      await source.close();
    },
  );
});

describe('createS3Source, failures', () => {
  type Answer = Parameters<typeof startHttpServer>[0];

  async function failing(answer: Answer, changes: Partial<S3Access> = {}) {
    const server = await startHttpServer(answer);
    const source = createS3Source(accessTo(server.origin, changes));
    onTestFinished(async () => {
      await source.close();
      await server.close();
    });
    return { source, server };
  }

  /** Everything of an error that could reach a log. */
  function everythingOf(error: unknown): string {
    const { message, stack, cause } = error as Error;
    return JSON.stringify([message, stack, cause, String(cause), (cause as Error | undefined)?.stack]);
  }

  it.each([
    [
      403,
      'AccessDenied',
      'ARTIFACT_FORBIDDEN',
      'the account needs s3:ListBucket on the bucket and s3:GetObject',
    ],
    [403, 'InvalidAccessKeyId', 'ARTIFACT_FORBIDDEN', 'the store does not know the access key'],
    [403, 'SignatureDoesNotMatch', 'ARTIFACT_FORBIDDEN', 'check AWS_SECRET_ACCESS_KEY'],
    [400, 'ExpiredToken', 'ARTIFACT_FORBIDDEN', 'have expired: renew them, AWS_SESSION_TOKEN included'],
    [403, 'SomethingNew', 'ARTIFACT_FORBIDDEN', 'access is denied (SomethingNew)'],
    [403, 'InvalidObjectState', 'ARTIFACT_UNAVAILABLE', 'the object is archived: restore it'],
    [404, 'NoSuchBucket', 'ARTIFACT_UNAVAILABLE', 'there is no such bucket: check MLFLOW_S3_ENDPOINT_URL'],
    [404, 'NoSuchKey', 'ARTIFACT_INVALID', 'there is no such object'],
    [403, 'RequestTimeTooSkewed', 'ARTIFACT_UNAVAILABLE', 'the clock of this machine differs'],
    [503, 'SlowDown', 'ARTIFACT_UNAVAILABLE', 'the store asks to slow down'],
    [500, 'InternalError', 'ARTIFACT_UNAVAILABLE', 'the store answered 500 (InternalError)'],
  ])(
    'says what %i %s means, and no credential',
    async (status, code, ourCode, sentence) => {
      const { source } = await failing((request, response) => {
        const secrets = {
          AWSAccessKeyId: 'AKIDEXAMPLE',
          StringToSign: 'hush-secret',
          Token: String(request.headers['x-amz-security-token']),
        };
        answerS3Error(response, status, code, secrets);
      });
      const failure = await source
        .open({ location: 's3://bucket/m', path: 'MLmodel' }, signal)
        .catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: ourCode, message: expect.stringContaining(sentence) });
      expect((failure as Error).message).toMatch(/^"s3:\/\/bucket\/m\/MLmodel" cannot be read: /);
      expect(everythingOf(failure)).not.toMatch(/hush|AKID|AWS4-HMAC/);
    },
    20_000,
  );

  it('passes on whom AWS says it denied what', async () => {
    const message =
      'User: arn:aws:sts::123456789012:assumed-role/gateway is not authorized to perform: s3:GetObject';
    const { source } = await failing((_request, response) =>
      answerS3Error(response, 403, 'AccessDenied', { Message: message }),
    );
    await expect(source.list('s3://bucket/m', signal)).rejects.toThrow(message);
  });

  it.each([
    [301, 'PermanentRedirect'],
    [400, 'AuthorizationHeaderMalformed'],
  ])('names the region of a bucket that lies elsewhere (%i %s)', async (status, code) => {
    const { source } = await failing((_request, response) =>
      answerS3Error(response, status, code, { Region: 'eu-central-1' }),
    );
    await expect(source.list('s3://bucket/m', signal)).rejects.toMatchObject({
      code: 'ARTIFACT_UNAVAILABLE',
      message: expect.stringContaining('set AWS_REGION=eu-central-1'),
    });
  });

  it('says so when there are no credentials, and needs none where none are wanted', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere');
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere');
    onTestFinished(() => {
      vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'hush-secret');
    });
    const missing = (_request: unknown, response: Parameters<Answer>[1]) =>
      answerS3Error(response, 404, 'NoSuchKey');
    const signed = await failing(missing);
    await expect(signed.source.list('s3://bucket/m', signal)).rejects.toMatchObject({
      code: 'ARTIFACT_FORBIDDEN',
      message: expect.stringContaining('there are no AWS credentials: set AWS_ACCESS_KEY_ID'),
    });
    expect(signed.server.requests).toHaveLength(0);
    const anonymous = await failing(missing, { isAnonymous: true });
    await expect(anonymous.source.list('s3://bucket/m', signal)).rejects.toMatchObject({
      code: 'ARTIFACT_INVALID',
    });
    expect(anonymous.server.requests[0]!.headers.authorization).toBeUndefined();
  });

  it('sends the session token and the expected owner', async () => {
    const { source, server } = await failing(
      (_request, response) => answerS3Error(response, 403, 'AccessDenied'),
      { expectedBucketOwner: '123456789012' },
    );
    await source.list('s3://bucket/m', signal).catch(() => {});
    expect(server.requests[0]!.headers).toMatchObject({
      'x-amz-security-token': 'hush-token',
      'x-amz-expected-bucket-owner': '123456789012',
    });
  });

  it.each([
    ['is cut', (response: Parameters<Answer>[1]) => response.destroy()],
    ['falls silent', () => {}],
  ])('says that an object broke off when its connection %s', async (_how, end) => {
    const { source } = await failing(
      (_request, response) => {
        response.writeHead(200, { 'content-length': 1_000, etag: '"x"' });
        response.write('only the beginning', () => end(response));
      },
      { idleTimeoutMs: 200 },
    );
    const { chunks, validator } = await source.open({ location: 's3://bucket/m', path: 'f' }, signal);
    expect(validator).toBe('"x"');
    await expect(readAll({ offset: 0, validator, chunks })).rejects.toMatchObject({
      code: 'ARTIFACT_UNAVAILABLE',
      message: expect.stringContaining('"s3://bucket/m/f" broke off while it was read'),
    });
  });

  it('says that nobody answers, and names the setting', async () => {
    const { server } = await failing(() => {});
    const gone = createS3Source(accessTo(server.origin));
    await server.close();
    await expect(gone.list('s3://bucket/m', signal)).rejects.toMatchObject({
      code: 'ARTIFACT_UNAVAILABLE',
      message: expect.stringMatching(/\(MLFLOW_S3_ENDPOINT_URL\) does not answer: .*ECONNREFUSED/),
    });
    await gone.close();
  });

  it('ends a listing that has no end', async () => {
    let page = 0;
    const { source } = await failing((_request, response) => {
      page++;
      response.end(
        `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>${page}</NextContinuationToken></ListBucketResult>`,
      );
    });
    await expect(source.list('s3://bucket/m', signal)).rejects.toMatchObject({ code: 'ARTIFACT_INVALID' });
    expect(page).toBe(200);
  });
});
