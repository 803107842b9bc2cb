import { createHash } from 'node:crypto';

/** One registry record of a model. Immutable; two records are the same version if `versionKey` and `source` agree. */
export interface ModelVersion {
  /** Which registry: its URL without user info and query, or `dir:` and the absolute directory. */
  readonly registry: string;
  /** MLflow workspace, else `null`. */
  readonly workspace: string | null;
  readonly name: string;
  /** A label without order for everyone but the registry adapters. */
  readonly version: string;
  /** When the *model* was created, in ms since the epoch: a model made again under its name is another one. */
  readonly modelCreatedAt: number;
  readonly runId: string | null;
  /** Where the registry says the version came from, with a fingerprint where content can change in place. Compared, displayed, not opened. */
  readonly source: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The identity of a version as a file-name-safe text: 40 hex digits. */
export function versionKey(version: ModelVersion): string {
  const identity = [
    version.registry,
    version.workspace,
    version.name,
    version.modelCreatedAt,
    version.version,
  ];
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 40);
}

/** Whether both records mean the same files. */
export function isSameVersion(left: ModelVersion | null, right: ModelVersion | null): boolean {
  if (left === null || right === null) return left === right;
  return left.source === right.source && versionKey(left) === versionKey(right);
}
