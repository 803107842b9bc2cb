/** A remote file, by its path relative to the version's root (`/`-separated, already checked to be safe by the cache). */
export interface ArtifactFile {
  readonly path: string;
  /** `null` if the source does not tell. */
  readonly sizeBytes: number | null;
}

/**
 * Where artifacts lie. One adapter for each kind of place; the cache picks the first whose `accepts` is true.
 */
export interface ArtifactSource {
  readonly name: string;

  /** Whether `location` (a URI from `ModelRegistry.locate`) is of this kind. */
  accepts(location: string): boolean;

  /**
   * All files below `location`, nested ones included, in no particular order.
   * `null`: this place cannot list; the cache then asks for the files that the model itself names.
   *
   * @throws GatewayError ARTIFACT_UNAVAILABLE (worth a retry), ARTIFACT_FORBIDDEN or ARTIFACT_INVALID.
   */
  list(location: string, signal: AbortSignal): Promise<readonly ArtifactFile[] | null>;

  /**
   * The bytes of one file. The caller reads to the end or aborts; an aborted or failed stream throws while it is read.
   * A chunk may be overwritten when the next one is asked for.
   *
   * @throws GatewayError as `list`; ARTIFACT_INVALID if there is no such file.
   */
  open(location: string, path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;

  /** Frees connections. Idempotent. */
  close(): Promise<void>;
}
