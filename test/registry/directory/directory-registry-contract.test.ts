import { rm } from 'node:fs/promises';
import { stringify } from 'yaml';
import { createDirectoryRegistry } from '../../../src/registry/directory/directory-registry.ts';
import { describeModelRegistry } from '../../contracts/model-registry-contract.ts';
import { RegistryFolder } from './registry-folder.ts';

interface Written {
  count: number;
  readonly stages: Record<string, number[]>;
  readonly aliases: Record<string, number>;
  readonly tags: Record<string, Record<string, string>>;
}

describeModelRegistry('directory', async () => {
  const folder = await RegistryFolder.make();
  const models = new Map<string, Written>();
  const registry = createDirectoryRegistry({
    directory: folder.path,
    pollIntervalMs: 5_000,
    // A minute on, so that everything written by the test counts as complete.
    now: () => Date.now() + 60_000,
  });
  const change = async (name: string, edit: (model: Written) => void) => {
    const model = models.get(name) ?? { count: 0, stages: {}, aliases: {}, tags: {} };
    edit(model);
    models.set(name, model);
    const { stages, aliases, tags } = model;
    await folder.write(name, stringify({ stages, aliases, tags }));
  };
  return {
    registry,
    async addVersion(name) {
      await change(name, (model) => {
        model.count += 1;
      });
      await folder.addVersion(name, models.get(name)?.count ?? 0);
    },
    setStage: (name, stage, versions) =>
      change(name, (model) => {
        for (const other of Object.keys(model.stages)) {
          model.stages[other] = (model.stages[other] ?? []).filter((version) => !versions.includes(version));
        }
        model.stages[stage] = [...versions];
      }),
    setAlias: (name, alias, version) =>
      change(name, (model) => {
        model.aliases[alias] = version;
      }),
    setVersionTag: (name, version, key, value) =>
      change(name, (model) => {
        model.tags[version] = { [key]: value };
      }),
    makeUnready: (name, version) => rm(folder.at(name, String(version), 'model.onnx')),
    async deleteModel(name) {
      models.delete(name);
      await folder.deleteModel(name);
    },
    breakDown: () => folder.remove(),
    close: () => folder.remove(),
  };
});
