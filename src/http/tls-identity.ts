import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { GatewayError, messageOf } from '../errors.ts';

/** PEM files; absolute. */
export interface TlsPaths {
  readonly certFile: string;
  readonly keyFile: string;
}

/** What the files hold. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

/** Certificates are renewed days before they end, so this need not be quick. */
const LOOK_AGAIN_MS = 10_000;

/** The server's certificate and key. Looks at the files again every ten seconds, for whoever renews them. */
export class TlsIdentity {
  readonly #paths: TlsPaths;
  readonly #onRefused: (error: Error) => void;
  readonly #listeners = new Set<(pair: TlsPair) => void>();
  readonly #timer: NodeJS.Timeout;
  #pair: TlsPair;
  /** Text of the last refusal, so that each is told once. */
  #refusal = '';

  /**
   * @param onRefused told of new files that cannot be used; the old ones stay in force.
   * @throws GatewayError INVALID_SETTING if the files cannot be read or do not belong together.
   */
  constructor(paths: TlsPaths, onRefused: (error: Error) => void) {
    this.#paths = paths;
    this.#onRefused = onRefused;
    this.#pair = readPair(paths);
    this.#timer = setInterval(() => this.lookAgain(), LOOK_AGAIN_MS).unref();
  }

  get pair(): TlsPair {
    return this.#pair;
  }

  /** Tells every later pair. */
  onRenewed(listener: (pair: TlsPair) => void): void {
    this.#listeners.add(listener);
  }

  /** Reads the files, and takes what they hold if it is new and of use. */
  lookAgain(): void {
    try {
      const pair = readPair(this.#paths);
      this.#refusal = '';
      if (pair.cert === this.#pair.cert && pair.key === this.#pair.key) return;
      this.#pair = pair;
      for (const listener of this.#listeners) listener(pair);
    } catch (error) {
      const text = messageOf(error);
      if (text !== this.#refusal) this.#onRefused(error as Error);
      this.#refusal = text;
    }
  }

  /** Idempotent. */
  close(): void {
    clearInterval(this.#timer);
    this.#listeners.clear();
  }
}

function readPair({ certFile, keyFile }: TlsPaths): TlsPair {
  const pair = {
    cert: readPem(certFile, 'SWITCHYARD_TLS_CERT_FILE'),
    key: readPem(keyFile, 'SWITCHYARD_TLS_KEY_FILE'),
  };
  try {
    createSecureContext(pair);
  } catch (cause) {
    throw new GatewayError(
      'INVALID_SETTING',
      `SWITCHYARD_TLS_CERT_FILE and SWITCHYARD_TLS_KEY_FILE do not hold a certificate and its key as PEM (${messageOf(cause)})`,
      { cause },
    );
  }
  return pair;
}

function readPem(file: string, setting: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const text = `${setting}: the file cannot be read (${(cause as NodeJS.ErrnoException).code})`;
    throw new GatewayError('INVALID_SETTING', text, { cause });
  }
}
