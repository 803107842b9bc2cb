import { milliseconds, wholeNumber } from './setting-parsers.ts';
import type { SettingReader } from './setting-reader.ts';

/** How much and how long; times in milliseconds, sizes in bytes. `settings.ts` says what each means. */
export interface Limits {
  readonly pollIntervalMs: number;
  readonly cacheMaxBytes: number;
  readonly loadTimeoutMs: number;
  /** `null`: no limit is known. */
  readonly memoryMaxBytes: number | null;
  /** Worker threads that run models. */
  readonly engineThreads: number;
  /** That share the port. */
  readonly processes: number;
  readonly maxConcurrentRequests: number;
  readonly bodyTimeoutMs: number;
  readonly maxBufferedBytes: number;
  readonly maxBodyBytes: number;
  readonly requestTimeoutMs: number;
  readonly shutdownDelayMs: number;
  readonly drainTimeoutMs: number;
}

const MEMORY_SHARE = 0.8;
const MOST_THREADS = 1024;
const MOST_PROCESSES = 256;
const SHORTEST_POLL_MS = 10;
const LONGEST_POLL_MS = 24 * 60 * 60 * 1000;

/** Reads the limits; what is wrong is reported to `reader`. */
export function readLimits(
  reader: SettingReader,
  machine: { readonly cpuCount: number; readonly memoryLimitBytes: number | null },
): Limits {
  const bytes = wholeNumber(1);
  const memory = machine.memoryLimitBytes;
  const memoryDefault = memory === null ? null : Math.floor(memory * MEMORY_SHARE);
  const poll = wholeNumber(SHORTEST_POLL_MS, LONGEST_POLL_MS);
  return {
    pollIntervalMs: reader.read('SWITCHYARD_POLL_INTERVAL_MS', poll) ?? 5000,
    cacheMaxBytes: reader.read('SWITCHYARD_CACHE_MAX_BYTES', wholeNumber(0)) ?? 10 * 1024 ** 3,
    loadTimeoutMs: reader.read('SWITCHYARD_LOAD_TIMEOUT_MS', milliseconds(1)) ?? 120_000,
    memoryMaxBytes: reader.read('SWITCHYARD_MEMORY_MAX_BYTES', bytes) ?? memoryDefault,
    engineThreads: reader.read('SWITCHYARD_ENGINE_THREADS', wholeNumber(1, MOST_THREADS)) ?? machine.cpuCount,
    processes: reader.read('SWITCHYARD_PROCESSES', wholeNumber(1, MOST_PROCESSES)) ?? 1,
    maxConcurrentRequests: reader.read('SWITCHYARD_MAX_CONCURRENT_REQUESTS', wholeNumber(1)) ?? 1024,
    bodyTimeoutMs: reader.read('SWITCHYARD_BODY_TIMEOUT_MS', milliseconds(1)) ?? 10_000,
    maxBufferedBytes: reader.read('SWITCHYARD_MAX_BUFFERED_BYTES', bytes) ?? 256 * 1024 ** 2,
    maxBodyBytes: reader.read('SWITCHYARD_MAX_BODY_BYTES', bytes) ?? 64 * 1024 ** 2,
    requestTimeoutMs: reader.read('SWITCHYARD_REQUEST_TIMEOUT_MS', milliseconds(1)) ?? 30_000,
    shutdownDelayMs: reader.read('SWITCHYARD_SHUTDOWN_DELAY_MS', milliseconds(0)) ?? 0,
    drainTimeoutMs: reader.read('SWITCHYARD_DRAIN_TIMEOUT_MS', milliseconds(0)) ?? 25_000,
  };
}
