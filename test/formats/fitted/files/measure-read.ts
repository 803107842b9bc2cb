/** Run by tests as a process of its own: reads a file and tells the outcome, the time and how much memory it took. */
import { readFileSync } from 'node:fs';
import { readPickle } from '../../../../src/formats/fitted/files/pickle/read-pickle.ts';
import { readSkops } from '../../../../src/formats/fitted/files/skops/read-skops.ts';

const path = process.argv[2] as string;
const bytes = new Uint8Array(readFileSync(path));
const before = process.memoryUsage.rss();
// Stripping the types at the start can take more than what follows.
const peakOfStart = process.resourceUsage().maxRSS;
const start = performance.now();
let outcome = 'read';
try {
  if (path.endsWith('.skops')) readSkops(bytes);
  else readPickle(bytes);
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  outcome = `${code}: ${message}`;
}
const ms = performance.now() - start;
const now = process.memoryUsage.rss();
const peak = process.resourceUsage().maxRSS;
const growthMb = ((peak > peakOfStart ? peak * 1024 : now) - before) / 2 ** 20;
process.stdout.write(JSON.stringify({ outcome, growthMb, ms }));
