import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseModelUri } from '../../src/model/model-uri.ts';
import { isSameVersion, type ModelVersion, versionKey } from '../../src/model/model-version.ts';
import type { ModelRegistry, PointerState } from '../../src/registry/model-registry.ts';

/** A registry of the kind under test, and how to change what it holds. Starts without any model. */
export interface RegistryUnderTest {
  readonly registry: ModelRegistry;
  /** Makes the model if need be, and its next version, READY. */
  addVersion(name: string): Promise<void>;
  /** The stage then holds exactly these. */
  setStage(name: string, stage: string, versions: readonly number[]): Promise<void>;
  setAlias(name: string, alias: string, version: number): Promise<void>;
  setVersionTag(name: string, version: number, key: string, value: string): Promise<void>;
  /** Version then exists and may not be loaded. */
  makeUnready(name: string, version: number): Promise<void>;
  deleteModel(name: string): Promise<void>;
  /** From now on nothing can be read. */
  breakDown(): Promise<void>;
  close(): Promise<void>;
}

const noAbort = new AbortController().signal;

/** What every `ModelRegistry` keeps. */
export function describeModelRegistry(name: string, make: () => Promise<RegistryUnderTest>): void {
  describe(`ModelRegistry: ${name}`, () => {
    let under: RegistryUnderTest;

    beforeEach(async () => {
      under = await make();
    });

    afterEach(async () => {
      await under.registry.close();
      await under.close();
    });

    const addVersions = async (model: string, count: number) => {
      for (let index = 0; index < count; index += 1) await under.addVersion(model);
    };
    const resolve = async (...uris: string[]) => {
      const resolutions = await under.registry.resolve(uris.map(parseModelUri), noAbort);
      expect(resolutions.map((resolution) => resolution.uri)).toEqual(uris.map(parseModelUri));
      return resolutions;
    };
    const state = async (uri: string): Promise<PointerState> => {
      const [resolution] = await resolve(uri);
      expect(resolution?.states).toHaveLength(1);
      const resolved = resolution?.states[0] as PointerState;
      const read = await under.registry.read(parseModelUri(uri), noAbort);
      expect(read.outcome).toBe(resolved.outcome);
      if (read.outcome === 'found' && resolved.outcome === 'found') {
        expect(read.version).toEqual(resolved.version);
      }
      return resolved;
    };
    const version = async (uri: string): Promise<ModelVersion> => {
      const found = await state(uri);
      if (found.outcome !== 'found') throw new Error(`${uri} is ${JSON.stringify(found)}`);
      return found.version;
    };

    it('finds a stage, an alias, a version and the latest', async () => {
      await addVersions('iris', 4);
      await under.setStage('iris', 'Production', [2]);
      await under.setStage('iris', 'Staging', [3]);
      await under.setAlias('iris', 'champion', 1);
      expect((await version('models:/iris/Production')).version).toBe('2');
      expect((await version('models:/iris/staging')).version).toBe('3');
      expect((await version('models:/iris@champion')).version).toBe('1');
      expect((await version('models:/iris/3')).version).toBe('3');
      expect((await version('models:/iris/latest')).version).toBe('4');
    });

    it('answers several pointers at once, each by itself', async () => {
      await addVersions('iris', 2);
      await addVersions('digits', 1);
      await under.setStage('iris', 'Production', [1]);
      await under.setStage('digits', 'Production', [1]);
      const answers = await resolve('models:/iris/Production', 'models:/nope/Production', 'models:/digits/1');
      expect(answers.map((answer) => answer.states[0]?.outcome)).toEqual(['found', 'absent', 'found']);
    });

    it('sees that a stage and an alias move, and where to', async () => {
      await addVersions('iris', 3);
      await under.setStage('iris', 'Production', [1]);
      await under.setAlias('iris', 'champion', 1);
      await resolve('models:/iris/Production', 'models:/iris@champion');
      await under.setStage('iris', 'Production', [3]);
      await under.setAlias('iris', 'champion', 2);
      expect((await version('models:/iris/Production')).version).toBe('3');
      expect((await version('models:/iris@champion')).version).toBe('2');
    });

    it('takes the highest of several versions in a stage, by number, and notes it', async () => {
      await addVersions('iris', 10);
      await under.setStage('iris', 'Production', [2, 9, 10]);
      const found = await state('models:/iris/Production');
      expect(found).toMatchObject({
        outcome: 'found',
        version: { version: '10' },
        notes: ['Production holds 2, 9 and 10; 10 is served; archive 10 to roll back'],
      });
    });

    it('notes nothing where a stage holds one version', async () => {
      await addVersions('iris', 3);
      await under.setStage('iris', 'Production', [3]);
      expect(await state('models:/iris/Production')).toMatchObject({ outcome: 'found', notes: [] });
    });

    it('calls absent what is not there, and says what is', async () => {
      await addVersions('iris', 1);
      await under.setStage('iris', 'Staging', [1]);
      await under.setAlias('iris', 'champion', 1);
      expect(await state('models:/nope/Production')).toMatchObject({
        outcome: 'absent',
        name: 'nope',
        reason: expect.stringContaining('no model "nope"'),
      });
      expect(await state('models:/iris/Production')).toMatchObject({
        outcome: 'absent',
        reason: expect.stringMatching(/no version in stage "Production".*Staging \(1\).*@champion \(1\)/),
      });
      expect(await state('models:/iris@ghost')).toMatchObject({
        outcome: 'absent',
        reason: expect.stringContaining('no alias "ghost"'),
      });
      expect(await state('models:/iris/99')).toMatchObject({
        outcome: 'absent',
        reason: expect.stringContaining('no version 99'),
      });
    });

    it('distinguishes the case of aliases and not that of stages', async () => {
      await addVersions('iris', 1);
      await under.setStage('iris', 'Production', [1]);
      await under.setAlias('iris', 'champion', 1);
      expect((await state('models:/iris/PRODUCTION')).outcome).toBe('found');
      expect((await state('models:/iris@Champion')).outcome).toBe('absent');
    });

    it('finds every model that has the pointer of a wildcard, and later ones', async () => {
      await addVersions('iris', 1);
      await addVersions('digits', 2);
      await addVersions('wine', 1);
      await under.setStage('iris', 'Production', [1]);
      await under.setStage('digits', 'Production', [2]);
      await under.setStage('wine', 'Staging', [1]);
      const named = async () => {
        const [resolution] = await resolve('models:/*/Production');
        return resolution?.states.map((found) => [found.name, found.outcome]).sort();
      };
      expect(await named()).toEqual([
        ['digits', 'found'],
        ['iris', 'found'],
      ]);
      await under.setStage('wine', 'Production', [1]);
      expect(await named()).toEqual([
        ['digits', 'found'],
        ['iris', 'found'],
        ['wine', 'found'],
      ]);
    });

    it('names the pointers that exist where a wildcard matches nothing', async () => {
      await addVersions('iris', 2);
      await under.setStage('iris', 'Staging', [1]);
      await under.setAlias('iris', 'champion', 1);
      const [resolution] = await resolve('models:/*/Production');
      expect(resolution).toMatchObject({ states: [], available: ['@champion', 'None', 'Staging'] });
    });

    it('fails what exists and is not ready', async () => {
      await addVersions('iris', 2);
      await under.setStage('iris', 'Production', [2]);
      await under.makeUnready('iris', 2);
      expect(await state('models:/iris/Production')).toMatchObject({
        outcome: 'failed',
        name: 'iris',
        error: { code: 'VERSION_NOT_READY' },
      });
      expect((await state('models:/iris/1')).outcome).toBe('found');
    });

    it('gives the same version, with its tags, as long as nothing changes', async () => {
      await addVersions('iris', 3);
      await under.setVersionTag('iris', 2, 'switchyard.allow_breaking', 'true');
      await under.setAlias('iris', 'champion', 2);
      const first = await version('models:/iris@champion');
      expect(first).toMatchObject({ registry: under.registry.id, workspace: null, name: 'iris' });
      expect(first.tags).toEqual({ 'switchyard.allow_breaking': 'true' });
      expect(isSameVersion(first, await version('models:/iris@champion'))).toBe(true);
      expect(isSameVersion(first, await version('models:/iris/3'))).toBe(false);
    });

    it('takes a model made again under the same name for another one', async () => {
      await addVersions('iris', 1);
      const before = await version('models:/iris/1');
      await under.deleteModel('iris');
      expect((await state('models:/iris/1')).outcome).toBe('absent');
      await addVersions('iris', 1);
      const after = await version('models:/iris/1');
      expect(versionKey(after)).not.toBe(versionKey(before));
    });

    it.each(['my model', 'ünïcödé 日本', 'plus+plus & 100%?#x', "q'uote"])(
      'takes the name %j',
      async (model) => {
        await addVersions(model, 1);
        await under.setStage(model, 'Production', [1]);
        expect((await version(`models:/${model}/Production`)).name).toBe(model);
      },
    );

    it('locates the files of a version', async () => {
      await addVersions('iris', 2);
      const found = await version('models:/iris/2');
      expect(await under.registry.locate(found, noAbort)).toMatch(/^(file|mlflow-artifacts):\//);
      const missing = { ...found, version: '99' };
      await expect(under.registry.locate(missing, noAbort)).rejects.toMatchObject({
        code: 'VERSION_NOT_FOUND',
      });
    });

    it('throws when nothing can be read', async () => {
      await addVersions('iris', 1);
      await resolve('models:/iris/1');
      await under.breakDown();
      const uri = parseModelUri('models:/iris/1');
      const outage = { name: 'GatewayError', code: 'REGISTRY_UNAVAILABLE' };
      await expect(under.registry.resolve([uri], noAbort)).rejects.toMatchObject(outage);
      await expect(under.registry.resolve([parseModelUri('models:/*/1')], noAbort)).rejects.toMatchObject(
        outage,
      );
      await expect(under.registry.read(uri, noAbort)).rejects.toMatchObject(outage);
    });

    it('rejects with the reason of the signal', async () => {
      await addVersions('iris', 1);
      const reason = new Error('enough');
      const uri = parseModelUri('models:/iris/1');
      await expect(under.registry.resolve([uri], AbortSignal.abort(reason))).rejects.toBe(reason);
      await expect(under.registry.read(uri, AbortSignal.abort(reason))).rejects.toBe(reason);
    });

    it('closes twice', async () => {
      await under.registry.close();
      await under.registry.close();
    });
  });
}
