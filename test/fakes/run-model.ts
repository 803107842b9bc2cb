import { InferenceSession, Tensor } from 'onnxruntime-node';

/**
 * The child process of tests that cannot trust a model: loads the file given as argument, runs it on one row
 * `X: float32 [1, 4]` of zeros (of the number in the environment's `FILL`), fetches the outputs named by further arguments, and prints a line of JSON after each step.
 */
const [path, ...names] = process.argv.slice(2);
const say = (step: object) => process.stdout.write(`${JSON.stringify(step)}\n`);
try {
  const options = { logSeverityLevel: 4, intraOpNumThreads: 1 } as const;
  const session = await InferenceSession.create(path as string, options);
  say({ step: 'loaded' });
  const start = performance.now();
  const feeds = { X: new Tensor('float32', new Float32Array(4).fill(Number(process.env.FILL ?? 0)), [1, 4]) };
  const outputs = await session.run(feeds, names);
  const values = names.map((name) => Array.from(outputs[name]?.data as ArrayLike<number | bigint>, Number));
  say({ step: 'ran', ms: performance.now() - start, values });
} catch (error) {
  say({ step: 'failed', message: (error as Error).message });
}
