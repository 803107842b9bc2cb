import { GatewayError } from '../../errors.ts';
import type { ArtifactContent, ResumePoint } from '../artifact-source.ts';
import { byteText } from '../byte-text.ts';

/** A piece of a file. One of offset 0 after others means that the file begins anew. */
export interface FilePiece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface ResumableFile {
  /** For sentences. */
  readonly path: string;
  /** `null` if unknown. */
  readonly sizeBytes: number | null;
  readonly open: (resume: ResumePoint | null) => Promise<ArtifactContent>;
  /** Waits; throws the signal's reason if aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Takes a sentence about a download that goes on. */
  readonly onNote: (note: string) => void;
}

/** How often in a row an attempt may bring too little. With the pauses some 15 s, in which a server can be started anew. */
const MAX_FRUITLESS_ATTEMPTS = 5;
/** A connection that brought as much did its part, however many it takes. */
const FRUITFUL_BYTES = 1_024 * 1_024;
const NOTHING = new Uint8Array(0);
const FIRST_PAUSE_MS = 500;
/** Who asks us to wait longer than this is asked again with the next load of the version. */
const MAX_PAUSE_MS = 30_000;

/**
 * A file's pieces in order, over as many connections as it takes. After a cut the download goes on where it was, or begins
 * anew where the store cannot do that or the file was replaced.
 *
 * @throws GatewayError of the last attempt: only ARTIFACT_UNAVAILABLE is tried again.
 */
export async function* resumedChunks(file: ResumableFile, signal: AbortSignal): AsyncGenerator<FilePiece> {
  let offset = 0;
  let validator: string | null = null;
  let fruitless = 0;
  for (;;) {
    const resume = offset > 0 && validator !== null ? { offset, validator } : null;
    let began = 0;
    try {
      const content = await file.open(resume);
      ({ validator } = content);
      began = content.offset;
      // Said even if nothing follows: the reader has to throw away what it has.
      if (began !== offset) yield { offset: began, bytes: NOTHING };
      offset = began;
      for await (const bytes of content.chunks) {
        yield { offset, bytes };
        offset += bytes.byteLength;
      }
      if (isWhole(offset, file.sizeBytes) || validator === null) return;
      throw new GatewayError('ARTIFACT_UNAVAILABLE', endedEarly(file.path, offset, file.sizeBytes!));
    } catch (error) {
      signal.throwIfAborted();
      if (!isWorthAnotherAttempt(error)) throw error;
      const isFruitful = resume !== null && began > 0 && offset - began >= FRUITFUL_BYTES;
      fruitless = isFruitful ? 0 : fruitless + 1;
      if (fruitless > MAX_FRUITLESS_ATTEMPTS) throw error;
      const pauseMs = pauseBefore(error, fruitless);
      if (pauseMs > MAX_PAUSE_MS) throw error;
      file.onNote(describe(file, error, offset, validator));
      await file.pause(pauseMs, signal);
    }
  }
}

function isWhole(received: number, sizeBytes: number | null): boolean {
  return sizeBytes === null || received >= sizeBytes;
}

function isWorthAnotherAttempt(error: unknown): error is GatewayError {
  return error instanceof GatewayError && error.code === 'ARTIFACT_UNAVAILABLE';
}

function pauseBefore(error: GatewayError, fruitless: number): number {
  return Math.max((error.retryAfterSeconds ?? 0) * 1_000, FIRST_PAUSE_MS * 2 ** Math.max(0, fruitless - 1));
}

/** What is said of a file that is shorter than it should be. */
export function endedEarly(path: string, received: number, sizeBytes: number): string {
  return `artifact "${path}" ended after ${received} of ${sizeBytes} bytes`;
}

function describe(
  file: ResumableFile,
  error: GatewayError,
  offset: number,
  validator: string | null,
): string {
  const { path, sizeBytes } = file;
  const total = sizeBytes === null ? '' : ` of ${byteText(sizeBytes)}`;
  if (offset === 0) return `the download of "${path}" is tried again: ${error.message}`;
  const then =
    validator === null ? 'it begins anew, because the store cannot go on there' : 'it goes on there';
  return `the download of "${path}" broke off after ${byteText(offset)}${total}, ${then}: ${error.message}`;
}
