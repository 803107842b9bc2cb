import { fileURLToPath } from 'node:url';
import { ArtifactCache } from '../../../src/artifacts/artifact-cache.ts';
import type { ArtifactSource } from '../../../src/artifacts/artifact-source.ts';
import { createFolderSource } from '../../../src/artifacts/folder/folder-source.ts';
import { rulesFor, versionOf } from '../versions.ts';

// One user of a cache directory, for tests that kill it.
// Arguments: cache directory, limit in bytes, folder of a model | URL of an MLflow server, versions to ensure or "endless".
const [directory, maxBytes, place, versions] = process.argv.slice(2) as [string, string, string, string];
const isServer = place.startsWith('http');
const cache = await ArtifactCache.open({
  directory,
  maxBytes: Number(maxBytes),
  sources: [isServer ? await proxySource(place) : createFolderSource({ roots: [fileURLToPath(place)] })],
});
const { signal } = new AbortController();
const rules = rulesFor(isServer ? 'mlflow-artifacts:/1' : place);
process.stdout.write('ready\n');
if (versions === 'endless') {
  for (let number = 0; ; number = (number + 1) % 6)
    await cache.ensure(versionOf(String(number)), rules, signal);
}
for (const version of versions.split(',')) {
  const cached = await cache.ensure(versionOf(version), rules, signal);
  process.stdout.write(`${cached.digest}\n`);
}
process.exit(0);

// Loaded only where it is used: the processes that are killed should start fast.
async function proxySource(registryUrl: string): Promise<ArtifactSource> {
  const { createMlflowProxySource } = await import(
    '../../../src/artifacts/mlflow-proxy/mlflow-proxy-source.ts'
  );
  return createMlflowProxySource({ registryUrl });
}
