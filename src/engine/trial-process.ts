import { writeFileSync } from 'node:fs';
import { messageOf, toErrorRecord, toGatewayError } from '../errors.ts';
import { stepBack } from '../step-back.ts';
import { loadRuntime } from './onnx-session.ts';
import { performTrial } from './trial.ts';
import type { TrialNews, TrialOrder } from './trial-messages.ts';
import { watchParent } from './watch-parent.ts';

/** Entry of the trial process: takes one order after the other over the channel of `child_process.fork`. */

/** A graph of one Identity node. */
const SMALLEST_GRAPH =
  'CAgSADo3ChAKAXgSAXkiCElkZW50aXR5EgFnWg8KAXgSCgoICAESBAoCCAFiDwoBeRIKCggIARIECgIIAUIECgAQEg==';

process.on('disconnect', () => process.exit());
// The terminal and service managers signal the whole group; the parent decides when a trial ends.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
preferAsVictim();
stepBack();
// A runtime that is not there is told when the first graph is loaded.
await Promise.all([watchParent(), warmUp().catch(() => undefined)]);
process.on('message', (order: TrialOrder) => void take(order));
await tell({ kind: 'ready', residentBytes: process.memoryUsage.rss() });

async function take(order: TrialOrder): Promise<void> {
  try {
    const result = await performTrial(order, () => tell({ kind: 'loaded' }));
    await tell({ kind: 'done', ...result, residentBytes: process.memoryUsage.rss() });
  } catch (error) {
    const failure = toErrorRecord(toGatewayError(error, 'INVALID_MODEL', messageOf(error)));
    await tell({ kind: 'refused', failure, residentBytes: process.memoryUsage.rss() });
  }
}

/** Resolves once the message has left this process: what comes next may block or kill it. */
function tell(news: TrialNews): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(news, () => resolve());
  });
}

/** The first session of a process costs tens of milliseconds that say nothing about the graph. */
async function warmUp(): Promise<void> {
  const { InferenceSession } = await loadRuntime();
  const session = await InferenceSession.create(Buffer.from(SMALLEST_GRAPH, 'base64'));
  await session.release();
}

/** If the kernel runs out of memory because of a trial, it shall end the trial and not the server. */
function preferAsVictim(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Not Linux, or no /proc: there is no such choice.
  }
}
