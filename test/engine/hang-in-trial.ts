import { createTrialRunner } from '../../src/engine/trial-runner.ts';
import { childrenOf, cpuTicksOf, until } from './processes.ts';
import { FOREVER, slow, slowInputs } from './sample-graphs.ts';

/** Starts a trial that never ends, and says so once its process has been busy with it for a while. */
const runner = createTrialRunner({ memoryLimitBytes: 1024 ** 3 });
const { signal } = new AbortController();
await runner.try(slow, [], 60_000, signal);
const [child] = childrenOf(process.pid);
const ticksBefore = cpuTicksOf(child!);
void runner.try(slow, [{ inputs: slowInputs(FOREVER) }], 60_000, signal);
await until(() => cpuTicksOf(child!) > ticksBefore + 20);
process.stdout.write('hangs\n');
