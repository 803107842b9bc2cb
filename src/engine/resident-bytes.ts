import { readFile } from 'node:fs/promises';

const INTERVAL_MS = 50;

/**
 * Tells the resident size of another process every 50 ms, where there is a /proc.
 *
 * @returns stops it.
 */
export function watchResidentBytes(pid: number | undefined, onBytes: (bytes: number) => void): () => void {
  if (process.platform !== 'linux' || pid === undefined) return () => undefined;
  let isReading = false;
  let isStopped = false;
  const timer = setInterval(async () => {
    if (isReading) return;
    isReading = true;
    const bytes = await residentBytes(pid);
    isReading = false;
    if (bytes !== null && !isStopped) onBytes(bytes);
  }, INTERVAL_MS);
  return () => {
    isStopped = true;
    clearInterval(timer);
  };
}

/** `null` once the process is gone. */
async function residentBytes(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(status);
  return match === null ? null : Number(match[1]) * 1024;
}
