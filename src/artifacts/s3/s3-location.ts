import { GatewayError } from '../../errors.ts';
import { printableLocation } from '../printable-location.ts';

/** A folder in a bucket. */
export interface S3Location {
  readonly bucket: string;
  /** Without slashes at its ends; empty for the bucket itself. */
  readonly folder: string;
}

/** As S3 allows them, and as other stores and old buckets have them: letters of both cases and underscores, too. */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;

export function isS3Location(location: string): boolean {
  return /^s3:/i.test(location);
}

/**
 * Understands `s3://bucket/folder`. As in MLflow's client the folder is plain text, not percent-encoded, and a query or
 * fragment is none of it (`s3_artifact_repo.py`, `parse_s3_compliant_uri`).
 *
 * @throws GatewayError ARTIFACT_INVALID.
 */
export function parseS3Location(location: string): S3Location {
  const match = /^s3:\/\/([^/?#]+)([^?#]*)/i.exec(location);
  const bucket = (match?.[1] ?? '').replace(/^.*@/, '');
  if (match === null || !BUCKET.test(bucket)) {
    throw new GatewayError(
      'ARTIFACT_INVALID',
      `artifact location "${printableLocation(location)}" names no bucket: "s3://bucket/folder" is expected`,
    );
  }
  return { bucket, folder: match[2]!.replace(/^\/+|\/+$/g, '') };
}

/** The key of a file below a folder. */
export function keyOf({ folder }: S3Location, path: string): string {
  return folder === '' ? path : `${folder}/${path}`;
}

/** What a listing has to begin with to be of this folder and not of one whose name is longer. */
export function prefixOf({ folder }: S3Location): string {
  return folder === '' ? '' : `${folder}/`;
}
