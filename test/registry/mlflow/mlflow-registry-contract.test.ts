import { createMlflowRegistry } from '../../../src/registry/mlflow/mlflow-registry.ts';
import { describeModelRegistry } from '../../contracts/model-registry-contract.ts';
import { FakeMlflowServer } from './fake-mlflow-server.ts';
import { FakeModelStore } from './fake-model-store.ts';

describeModelRegistry('MLflow', async () => {
  const store = new FakeModelStore();
  const server = await FakeMlflowServer.start(store.handler);
  const registry = createMlflowRegistry({
    uri: server.uri,
    credentials: null,
    tls: { insecure: false, caPath: null, clientCertPath: null },
    requestTimeoutMs: 5_000,
    workspace: null,
  });
  return {
    registry,
    addVersion: async (name) => void store.add(name, 1),
    async setStage(name, stage, versions) {
      for (const version of store.models.get(name)?.versions.values() ?? []) {
        if (versions.includes(version.number)) store.setStage(name, version.number, stage);
        else if (version.stage === stage) store.setStage(name, version.number, 'Archived');
      }
    },
    setAlias: async (name, alias, version) => void store.models.get(name)?.aliases.set(alias, version),
    setVersionTag: async (name, version, key, value) =>
      void store.version(name, version).tags.set(key, value),
    async makeUnready(name, version) {
      store.version(name, version).status = 'PENDING_REGISTRATION';
    },
    deleteModel: async (name) => void store.models.delete(name),
    breakDown: () => server.stop(),
    close: () => server.stop(),
  };
});
