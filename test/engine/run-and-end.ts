import { createOnnxEngine } from '../../src/engine/onnx-engine.ts';
import { createTrialRunner } from '../../src/engine/trial-runner.ts';
import { classifier, irises } from './sample-graphs.ts';

/** Uses an engine and a trial runner; the process must then end by itself, with them closed or only idle. */
const { signal } = new AbortController();
const engine = createOnnxEngine({ threads: 2 });
const trials = createTrialRunner({ memoryLimitBytes: 1024 ** 3 });
await trials.try(classifier, [{ inputs: irises() }], 10_000, signal);
const inline = await engine.load(classifier, 'inline', signal);
const worker = await engine.load(classifier, 'worker', signal);
await Promise.all([inline.run(irises()), worker.run(irises())]);
if (process.argv[2] === 'closed') await Promise.all([engine.close(), trials.close()]);
process.stdout.write('answered\n');
