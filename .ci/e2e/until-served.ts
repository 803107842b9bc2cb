import type { GatewayProcess } from './gateway-process.ts';
import { waitUntil } from './wait-until.ts';

/** When a version of "iris" was being loaded at the latest, and when it served and nothing was wrong; Infinity: not in time. */
export interface ServedTimes {
  readonly noticedMs: number;
  readonly servedMs: number;
}

/** Milliseconds since the call. */
export async function untilServed(
  gateway: GatewayProcess,
  version: string,
  timeoutMs: number,
): Promise<ServedTimes> {
  const startedAt = performance.now();
  const times = { noticedMs: Number.POSITIVE_INFINITY, servedMs: Number.POSITIVE_INFINITY };
  const isServed = async () => {
    const { current, loading, lastError } = await gateway.status('iris');
    const [isCurrent, isLoading] = [current, loading].map((given) => given?.version === version);
    const passedMs = performance.now() - startedAt;
    if (isCurrent || isLoading) times.noticedMs = Math.min(times.noticedMs, passedMs);
    if (!isCurrent || lastError !== null) return false;
    times.servedMs = passedMs;
    return true;
  };
  await waitUntil(`version ${version} serves`, timeoutMs, isServed, 5).catch(() => {});
  return times;
}
