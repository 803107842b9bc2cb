import { checkArtifactPath } from '../artifact-path.ts';
import type { ArtifactSource } from '../artifact-source.ts';
import type { S3Access } from './s3-access.ts';
import { isS3Location, parseS3Location } from './s3-location.ts';
import type { S3Store } from './s3-store.ts';

/** Artifacts in buckets of S3, or of a store that speaks its protocol, by `s3://bucket/folder`. */
export function createS3Source(access: S3Access): ArtifactSource {
  let opening: Promise<S3Store> | null = null;
  // The SDK takes a while to load, and most gateways never need it.
  const store = () => {
    opening ??= import('./s3-store.ts').then(({ S3Store }) => S3Store.create(access));
    return opening;
  };
  return {
    name: 's3',
    accepts: isS3Location,

    async list(location, signal) {
      const at = parseS3Location(location);
      signal.throwIfAborted();
      return (await store()).list(at, signal);
    },

    async open({ location, path, resume = null }, signal) {
      checkArtifactPath(path);
      const at = parseS3Location(location);
      signal.throwIfAborted();
      return (await store()).open({ location: at, path, resume }, signal);
    },

    async close() {
      const opened = await opening?.catch(() => null);
      opened?.close();
    },
  };
}
