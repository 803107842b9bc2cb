import { describe, expect, it } from 'vitest';
import { pickSource } from '../../src/artifacts/pick-source.ts';
import { GatewayError } from '../../src/errors.ts';
import { MemorySource } from '../fakes/memory-source.ts';

describe('pickSource', () => {
  it('takes the first source that accepts the location', () => {
    const memory = new MemorySource({});
    expect(pickSource([memory, new MemorySource({})], 'memory:/m')).toBe(memory);
  });

  it.each([
    [
      's3://key:secret@bucket/iris?x=1',
      /^artifacts at "s3:\/\/bucket\/iris" cannot be fetched: no MLflow server/,
    ],
    ['mlflow-artifacts:/1', /no MLflow server is followed/],
    [
      'gs://bucket/1/m?token=secret',
      /"gs:" \(Google Cloud Storage\) is not read directly; let the MLflow server .*--serve-artifacts --artifacts-destination gs:\/\/bucket\/…\)/,
    ],
    [
      'wasbs://models@secret.blob.core.windows.net/1',
      /"wasbs:" \(Azure Blob Storage\) is not read directly; let the MLflow server .*register the model again in a new experiment/,
    ],
    ['abfss://x@y/1', /"abfss:" \(Azure Data Lake Storage\)/],
    ['dbfs:/iris', /"dbfs:" is Databricks’ own store.*mlflow artifacts download/],
    ['r2://bucket@account.r2.cloudflarestorage.com/x', /"r2:" \(Cloudflare R2\).*MLFLOW_S3_ENDPOINT_URL/],
    ['foo://x', /"foo:" is no place that this gateway knows/],
    ['constructor:x', /"constructor:" is no place/],
    ['/mlruns/1', /not a URL of a known kind/],
  ])('says what to do about %s', (location, sentence) => {
    const pick = () => pickSource([new MemorySource({})], location);
    expect(pick).toThrow(GatewayError);
    expect(pick).toThrow(
      expect.objectContaining({ code: 'ARTIFACT_FORBIDDEN', message: expect.stringMatching(sentence) }),
    );
    expect(pick).not.toThrow(/token=|secret@/);
  });
});
