/** A remote file, by its path relative to the version's root (`/`-separated, already checked to be safe by the cache). */
export interface ArtifactFile {
  readonly path: string;
  /** `null` if the source does not tell. */
  readonly sizeBytes: number | null;
}

/** Where a download that broke off can go on. */
export interface ResumePoint {
  /** Bytes that are here already, at least one. */
  readonly offset: number;
  /** What `ArtifactContent.validator` said of them. */
  readonly validator: string;
}

export interface ArtifactRequest {
  /** A URI that the source accepts. */
  readonly location: string;
  readonly path: string;
  /** What the listing said; `null` if it did not. */
  readonly sizeBytes?: number | null;
  readonly resume?: ResumePoint | null;
}

export interface ArtifactContent {
  /**
   * Of the first byte in `chunks`: what `ResumePoint` asked for, or 0 if the place cannot go on there, because it knows no
   * ranges or because the file is another one by now.
   */
  readonly offset: number;
  /** Names this state of the file and no other, for a `ResumePoint`; `null`: a download cannot go on here. */
  readonly validator: string | null;
  /** A chunk may be overwritten when the next one is asked for. */
  readonly chunks: AsyncIterable<Uint8Array>;
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
   * The bytes of one file. The caller reads to the end or leaves; an aborted or failed stream throws while it is read.
   *
   * @throws GatewayError as `list`; ARTIFACT_INVALID if there is no such file.
   */
  open(request: ArtifactRequest, signal: AbortSignal): Promise<ArtifactContent>;

  /** Frees connections. Idempotent. */
  close(): Promise<void>;
}
