import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import { GatewayError } from '../../errors.ts';
import { checkArtifactPath, MAX_FILES } from '../artifact-path.ts';
import type { ArtifactContent, ArtifactFile, ResumePoint } from '../artifact-source.ts';
import { printableLocation } from '../printable-location.ts';
import type { S3Access } from './s3-access.ts';
import { createS3Client } from './s3-client.ts';
import { S3Failure, toCut, toS3Error } from './s3-errors.ts';
import { keyOf, prefixOf, type S3Location } from './s3-location.ts';

/** Of a thousand keys each, in stores that make smaller ones of a hundred; a folder of nothing but markers ends, too. */
const MAX_PAGES = 200;

export interface S3Object {
  readonly location: S3Location;
  readonly path: string;
  readonly resume: ResumePoint | null;
}

/** Objects by the SDK. This file is loaded with the first `s3:` location, and the SDK with it. */
export class S3Store {
  readonly #access: S3Access;
  readonly #client: S3Client;

  private constructor(access: S3Access, client: S3Client) {
    this.#access = access;
    this.#client = client;
  }

  static async create(access: S3Access): Promise<S3Store> {
    return new S3Store(access, await createS3Client(access));
  }

  /** All objects below the folder; what only marks a folder (no bytes, a slash at its end) is left out. */
  async list(location: S3Location, signal: AbortSignal): Promise<ArtifactFile[]> {
    const where = printable(location, '');
    const prefix = prefixOf(location);
    const files: ArtifactFile[] = [];
    let token: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const command = new ListObjectsV2Command({
        Bucket: location.bucket,
        Prefix: prefix,
        // Keys may hold what XML cannot.
        EncodingType: 'url',
        ContinuationToken: token,
        ...this.#owner,
      });
      const answer = await this.#guard(where, signal, () =>
        this.#client.send(command, { abortSignal: signal }),
      );
      for (const { Key: given = '', Size: sizeBytes } of answer.Contents ?? []) {
        const key = answer.EncodingType === 'url' ? decodeKey(given) : given;
        if (!key.startsWith(prefix) || isMarker(key, prefix, sizeBytes)) continue;
        const path = key.slice(prefix.length);
        checkArtifactPath(path);
        files.push({ path, sizeBytes: sizeBytes ?? null });
      }
      if (files.length > MAX_FILES) break;
      token = answer.NextContinuationToken;
      if (answer.IsTruncated !== true || token === undefined) return files;
    }
    throw new GatewayError('ARTIFACT_INVALID', `"${where}" holds more than ${MAX_FILES} files`);
  }

  /** One object, or its rest. */
  async open(object: S3Object, signal: AbortSignal): Promise<ArtifactContent> {
    const { resume } = object;
    try {
      const answer = await this.#get(object, signal);
      const isRest = resume !== null && answer.ContentRange?.startsWith(`bytes ${resume.offset}-`) === true;
      return {
        offset: isRest ? resume.offset : 0,
        validator: answer.ETag ?? null,
        chunks: this.#read(answer, printable(object.location, object.path), signal),
      };
    } catch (error) {
      if (resume === null || !isAnotherObject(error)) throw error;
      return this.open({ ...object, resume: null }, signal);
    }
  }

  #get({ location, path, resume }: S3Object, signal: AbortSignal) {
    const command = new GetObjectCommand({
      Bucket: location.bucket,
      Key: keyOf(location, path),
      ...(resume === null ? {} : { Range: `bytes=${resume.offset}-`, IfMatch: resume.validator }),
      ...this.#owner,
    });
    return this.#guard(printable(location, path), signal, () =>
      this.#client.send(command, { abortSignal: signal }),
    );
  }

  async *#read(
    answer: GetObjectCommandOutput,
    where: string,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const body = answer.Body as AsyncIterable<Uint8Array> & { destroy(): void };
    const abort = () => body.destroy();
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      for await (const chunk of body) yield chunk;
      signal.throwIfAborted();
    } catch (error) {
      signal.throwIfAborted();
      throw toCut(error, where);
    } finally {
      signal.removeEventListener('abort', abort);
      body.destroy();
    }
  }

  async #guard<T>(where: string, signal: AbortSignal, send: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    try {
      return await send();
    } catch (error) {
      signal.throwIfAborted();
      throw toS3Error(error, where, this.#access.endpoint);
    }
  }

  get #owner(): { ExpectedBucketOwner?: string } {
    const { expectedBucketOwner } = this.#access;
    return expectedBucketOwner === null ? {} : { ExpectedBucketOwner: expectedBucketOwner };
  }

  close(): void {
    this.#client.destroy();
  }
}

function printable({ bucket, folder }: S3Location, path: string): string {
  return printableLocation(`s3://${[bucket, folder, path].filter((part) => part !== '').join('/')}`);
}

/** 412: it was replaced. 416: it is shorter now. */
function isAnotherObject(error: unknown): boolean {
  const cause = error instanceof GatewayError ? error.cause : null;
  return cause instanceof S3Failure && (cause.status === 412 || cause.status === 416);
}

function isMarker(key: string, prefix: string, sizeBytes: number | undefined): boolean {
  return key === prefix || (sizeBytes === 0 && key.endsWith('/'));
}

function decodeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    throw new GatewayError('ARTIFACT_INVALID', `the store lists a key that is not UTF-8`);
  }
}
