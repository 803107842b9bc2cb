import { execFile } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { graph, model, node, tensorInfo } from '../../test/fakes/onnx-builder.ts';
import { findFreePort } from './child-process.ts';
import { adminToken, checkout, GatewayProcess } from './gateway-process.ts';
import { runPart } from './report.ts';
import { waitUntil } from './wait-until.ts';

/** Official clients, unchanged, against the gateway: `.ci/clients/`. */

const run = promisify(execFile);

/** Name of a model that answers what it was asked → the number of its type in onnx.proto. */
const IDENTITIES = { fp32: 1, fp64: 11, int64: 7, int32: 6, bool: 9, bytes: 8 };

await runPart('official clients', async (report, directory) => {
  const { stdout } = await run(join(checkout, '.ci/venv.sh'), [
    join(checkout, '.ci/clients/requirements.txt'),
  ]);
  const python = join(stdout.trim(), 'bin/python');
  const registry = join(directory, 'models');
  await writeModels(registry);
  const grpcPort = await findFreePort();
  const gateway = await GatewayProcess.start({
    directory,
    environment: { SWITCHYARD_REGISTRY_DIR: registry, SWITCHYARD_GRPC_PORT: String(grpcPort) },
  });
  const address = `127.0.0.1:${gateway.port}`;
  const grpcAddress = `127.0.0.1:${grpcPort}`;
  const scripts: readonly (readonly [string, ...string[]])[] = [
    ['triton_http.py', address, adminToken],
    ['triton_grpc.py', grpcAddress, adminToken],
    ['kserve_client.py', gateway.origin, grpcAddress],
  ];
  try {
    await waitUntil('the gateway serves every model', 60_000, () => gateway.isReady());
    for (const [script, ...words] of scripts) {
      const ended = await run(python, [join(checkout, '.ci/clients', script), ...words], {
        timeout: 120_000,
      }).catch((error) => ({ ...error, failed: true }));
      console.log(ended.stdout.trimEnd());
      report.check(`${script} found nothing wrong`, !('failed' in ended), ended.stderr);
    }
  } finally {
    await gateway.process.stopGroup();
  }
});

/** The fixtures, and an identity for each datatype. */
async function writeModels(registry: string): Promise<void> {
  await cp(join(checkout, 'models-fixtures', 'iris'), join(registry, 'iris'), { recursive: true });
  for (const [name, type] of Object.entries(IDENTITIES)) {
    const nodes = [node('Identity', { inputs: ['x'], outputs: ['y'] })];
    const [inputs, outputs] = ['x', 'y'].map((tensor) => [tensorInfo(tensor, type, [-1, 3])]);
    const folder = join(registry, name, '1');
    await mkdir(folder, { recursive: true });
    await writeFile(
      join(folder, 'model.onnx'),
      model(graph(name, { nodes, inputs: inputs!, outputs: outputs! })),
    );
  }
}
