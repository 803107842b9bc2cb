/** A sample of the ONNX project's own node test cases, each served and asked as JSON and as bytes: `.ci/clients/onnx_cases.py`. */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkout, GatewayProcess } from './gateway-process.ts';
import { runPart } from './report.ts';
import { waitUntil } from './wait-until.ts';

const run = promisify(execFile);

interface Standing {
  readonly current: unknown;
  readonly lastError: { readonly code: string } | null;
}

/** A folder counts once it has been still for a poll. */
function isSettled({ current, lastError }: Standing): boolean {
  return current !== null || (lastError !== null && lastError.code !== 'VERSION_NOT_READY');
}

await runPart('ONNX node test cases', async (report, directory) => {
  // It has onnx and the onnxruntime of our version.
  const requirements = join(checkout, '.ci/mlflow/requirements-3.txt');
  const { stdout } = await run(join(checkout, '.ci/venv.sh'), [requirements]);
  const python = (...words: readonly string[]) =>
    run(join(stdout.trim(), 'bin/python'), [join(checkout, '.ci/clients/onnx_cases.py'), ...words]);
  const registry = join(directory, 'cases', 'models');
  await mkdir(registry, { recursive: true });
  console.log((await python('write', registry)).stdout.trimEnd());

  const gateway = await GatewayProcess.start({
    directory: join(directory, 'gateway'),
    environment: { SWITCHYARD_REGISTRY_DIR: registry, SWITCHYARD_POLL_INTERVAL_MS: '500' },
  });
  try {
    const startedAt = performance.now();
    await waitUntil('every case is served or has failed', 180_000, async () => {
      const response = await fetch(`${gateway.origin}/models`).catch(() => null);
      const { models = [] } = ((await response?.json()) ?? {}) as { models?: readonly Standing[] };
      return models.length > 0 && models.every(isSettled);
    });
    report.note(`loaded in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    const checked = await python('check', registry, gateway.origin).catch((error) => ({
      ...error,
      failed: true,
    }));
    console.log(checked.stdout.trimEnd());
    report.check("every answer is onnxruntime's", !('failed' in checked), checked.stderr);
  } finally {
    await gateway.process.stopGroup();
  }
});
