/** How far the download of a version is. */
export interface DownloadProgress {
  readonly receivedBytes: number;
  /** `null` while a file's size is unknown. */
  readonly totalBytes: number | null;
  /** Since the last report, in a last one over the whole. */
  readonly bytesPerSecond: number;
  readonly elapsedMs: number;
  /** All files are there. */
  readonly isDone: boolean;
}

export interface DownloadMeterOptions {
  readonly now: () => number;
  readonly report: (progress: DownloadProgress) => void;
}

/** What is over sooner is not worth a line in the log. */
const FIRST_REPORT_MS = 5_000;
const REPORT_INTERVAL_MS = 10_000;

/** Counts the bytes of a version's download, and reports on one that takes long: after 5 s, then every 10 s, and at its end. */
export class DownloadMeter {
  readonly #options: DownloadMeterOptions;
  readonly #startedAt: number;
  #receivedBytes = 0;
  #totalBytes: number | null = null;
  #reportAt: number;
  #lastAt: number;
  #lastBytes = 0;
  #hasReported = false;

  constructor(options: DownloadMeterOptions) {
    this.#options = options;
    this.#startedAt = options.now();
    this.#lastAt = this.#startedAt;
    this.#reportAt = this.#startedAt + FIRST_REPORT_MS;
  }

  /** All files together; `null` if not known. */
  setTotal(totalBytes: number | null): void {
    this.#totalBytes = totalBytes;
  }

  /** @param bytes negative for what has to be fetched again. */
  add(bytes: number): void {
    this.#receivedBytes += bytes;
    const now = this.#options.now();
    if (now < this.#reportAt) return;
    const rate = perSecond(this.#receivedBytes - this.#lastBytes, now - this.#lastAt);
    this.#report(now, rate, false);
    this.#lastAt = now;
    this.#lastBytes = this.#receivedBytes;
    this.#reportAt = now + REPORT_INTERVAL_MS;
    this.#hasReported = true;
  }

  end(): void {
    const now = this.#options.now();
    if (this.#hasReported) this.#report(now, perSecond(this.#receivedBytes, now - this.#startedAt), true);
  }

  #report(now: number, bytesPerSecond: number, isDone: boolean): void {
    this.#options.report({
      receivedBytes: this.#receivedBytes,
      totalBytes: isDone ? this.#receivedBytes : this.#totalBytes,
      bytesPerSecond,
      elapsedMs: now - this.#startedAt,
      isDone,
    });
  }
}

function perSecond(bytes: number, ms: number): number {
  return ms <= 0 ? 0 : Math.max(0, (bytes * 1_000) / ms);
}
