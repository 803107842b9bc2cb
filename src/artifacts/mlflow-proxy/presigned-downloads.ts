import { GatewayError } from '../../errors.ts';
import type { ArtifactContent, ResumePoint } from '../artifact-source.ts';
import type { ArtifactHttpClient } from '../http-client.ts';
import { UnexpectedStatus } from '../http-error.ts';
import { printableLocation } from '../printable-location.ts';
import { readPresigned } from './presigned-answer.ts';
import { presignedUrl } from './proxy-location.ts';

/**
 * `MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD`: whether files are fetched from the store behind the MLflow server, by URLs that
 * the server signs. `auto`: large ones, where the server offers it.
 */
export type PresignedUse = 'auto' | 'always' | 'never';

export interface PresignedOptions {
  readonly use: PresignedUse;
  /** Asks the MLflow server, with its credentials. */
  readonly server: ArtifactHttpClient;
  /** Asks the stores, without any. */
  readonly stores: ArtifactHttpClient;
  readonly now: () => number;
  /** Takes a sentence when a way that was offered does not work. */
  readonly onNote: (note: string) => void;
}

export interface PresignedRequest {
  readonly endpoint: URL;
  /** The whole path in the server's store. */
  readonly file: string;
  /** `null` if unknown. */
  readonly sizeBytes: number | null;
  readonly resume: ResumePoint | null;
}

/** Below this one more request costs more than it saves. */
const LARGE_BYTES = 16_000_000;
/** What does not work now is tried again after this time. */
const FORGET_AFTER_MS = 600_000;

/** Files from the store behind an MLflow server (3.11 and later): it does not copy them first, and a cut is gone on from. */
export class PresignedDownloads {
  readonly #options: PresignedOptions;
  /** Until when an endpoint is not asked, in ms since the epoch. */
  readonly #notBefore = new Map<string, number>();

  constructor(options: PresignedOptions) {
    this.#options = options;
  }

  /**
   * The file's content, or `null` if the MLflow server itself has to be asked for it.
   *
   * @throws the signal's reason if aborted.
   */
  async tryOpen(request: PresignedRequest, signal: AbortSignal): Promise<ArtifactContent | null> {
    const { use, now } = this.#options;
    if (use === 'never' || (use === 'auto' && (request.sizeBytes ?? 0) < LARGE_BYTES)) return null;
    const key = request.endpoint.href;
    if ((this.#notBefore.get(key) ?? 0) > now()) return null;
    try {
      return await this.open(request, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof GatewayError)) throw error;
      this.#notBefore.set(key, now() + FORGET_AFTER_MS);
      if (!isNotOffered(error))
        this.#options.onNote(
          `"${request.file}" comes through the MLflow server, because its store cannot be read directly: ${error.message}`,
        );
      return null;
    }
  }

  /**
   * The file's content from the store, whatever the settings say: for servers that hand out nothing themselves.
   *
   * @throws GatewayError ARTIFACT_*.
   */
  async open({ endpoint, file, resume }: PresignedRequest, signal: AbortSignal): Promise<ArtifactContent> {
    const { server, stores } = this.#options;
    const asked = presignedUrl(endpoint, file);
    const answer = await server.get(asked, signal);
    const { url, headers } = await readPresigned(answer.chunks, printableLocation(asked.href));
    return stores.get(url, signal, { resume, headers });
  }
}

/** Servers before 3.11 have no such route (404, a page), those over a directory say 501, those of one's own 405 or 409. */
function isNotOffered(error: GatewayError): boolean {
  return error.cause instanceof UnexpectedStatus && [404, 405, 409, 501].includes(error.cause.status);
}
