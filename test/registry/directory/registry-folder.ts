import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The first bytes of an ONNX file: `ir_version` 8. */
export const ONNX_BYTES = Buffer.from([0x08, 0x08, 0x12, 0x00]);

/** A registry directory in the temp folder. */
export class RegistryFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<RegistryFolder> {
    return new RegistryFolder(await mkdtemp(join(tmpdir(), 'registry-')));
  }

  at(...parts: string[]): string {
    return join(this.path, ...parts);
  }

  async addVersion(name: string, version: string | number): Promise<void> {
    await mkdir(this.at(name, String(version)), { recursive: true });
    await writeFile(this.at(name, String(version), 'model.onnx'), ONNX_BYTES);
  }

  async write(name: string, registryYaml: string): Promise<void> {
    await mkdir(this.at(name), { recursive: true });
    await writeFile(this.at(name, 'registry.yaml'), registryYaml);
  }

  /** Returns once anything made now gets a later birth time than `name`'s folder has. */
  async deleteModel(name: string): Promise<void> {
    const { birthtimeMs } = await stat(this.at(name));
    await rm(this.at(name), { recursive: true });
    const probe = this.at('.probe');
    do {
      await rm(probe, { force: true });
      await writeFile(probe, '');
    } while (Math.floor((await stat(probe)).birthtimeMs) <= Math.floor(birthtimeMs));
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
