import { chmod, chown, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OwnedProcess } from './child-process.ts';
import type { ContainerSpec, VolumeSpec } from './manifests.ts';

export interface Image {
  /** Commands that the image has on its PATH. */
  readonly venv: string;
  /** What its Dockerfile copies, and where to. */
  readonly copied: { readonly from: string; readonly to: string };
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly entrypoint: readonly string[];
}

/** The volumes of one pod: its containers share them. */
export class Pod {
  readonly #directory: string;
  readonly #image: Image;
  readonly #volumes = new Map<string, string>();

  constructor(directory: string, image: Image) {
    this.#directory = directory;
    this.#image = image;
  }

  /** Starts one of its containers: read-only root, the manifest's user, no capabilities, nothing of this environment. */
  async start(spec: ContainerSpec): Promise<OwnedProcess> {
    await mkdir(this.#directory, { recursive: true });
    const { venv, copied, environment, workingDirectory, entrypoint } = this.#image;
    const scratch = await mkdtemp(join(this.#directory, 'root-'));
    const volumes = [`${venv}:/opt/venv:ro`, `${copied.from}:${copied.to}:ro`];
    for (const volume of spec.volumes) {
      const directory = await this.#volume(volume, spec.user);
      volumes.push(`${directory}:${volume.path}${volume.isReadOnly ? ':ro' : ''}`);
    }
    const script = join(import.meta.dirname, 'in-container.sh');
    const command = [...(spec.command ?? entrypoint), ...spec.args];
    return new OwnedProcess([script, scratch, spec.user, workingDirectory, ...volumes, '--', ...command], {
      directory: this.#directory,
      environment: {
        PATH: '/opt/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        ...environment,
        ...spec.environment,
      },
      logFile: join(this.#directory, `${spec.name}.log`),
    });
  }

  /** Runs one that ends. @throws Error with the end of its log unless its exit code is 0 @returns its log */
  async run(spec: ContainerSpec): Promise<string> {
    const container = await this.start(spec);
    const code = await container.exited;
    const log = container.logTail(60);
    if (code !== 0) throw new Error(`container "${spec.name}" ended with ${code}:\n${log}`);
    return log;
  }

  async #volume({ name, files }: VolumeSpec, user: string): Promise<string> {
    const known = this.#volumes.get(name);
    if (known !== undefined) return known;
    const directory = join(this.#directory, `volume-${name}`);
    this.#volumes.set(name, directory);
    await mkdir(directory);
    const group = Number(user.split(':')[1]);
    for (const [file, text] of Object.entries(files ?? {})) {
      const path = join(directory, file);
      await writeFile(path, text, { mode: 0o440 });
      await chown(path, 0, group);
    }
    await chown(directory, 0, group);
    await chmod(directory, files === null ? 0o2770 : 0o2750);
    return directory;
  }
}

/** What a Dockerfile says about how its containers start. */
export async function readImage(dockerfile: string, venv: string): Promise<Image> {
  const text = (await readFile(dockerfile, 'utf8')).replace(/\\\n\s*/g, '');
  const instruction = (name: string) => {
    const found = text.match(new RegExp(`^${name} (.*)$`, 'm'))?.[1];
    if (found === undefined) throw new Error(`${dockerfile} has no ${name}`);
    return found;
  };
  const copied = text.match(/^COPY \*\.py (\S+)$/m)?.[1];
  if (copied === undefined) throw new Error(`${dockerfile} does not copy the scripts`);
  const [command, ...parameters] = JSON.parse(instruction('ENTRYPOINT')) as [string, ...string[]];
  return {
    venv,
    copied: { from: join(dockerfile, '..'), to: copied },
    environment: Object.fromEntries(
      [...instruction('ENV').matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value] as const),
    ) as Record<string, string>,
    workingDirectory: instruction('WORKDIR'),
    // As a module: the commands of a virtual environment begin with its own path, and it is mounted at another one.
    entrypoint: ['python', '-m', command, ...parameters],
  };
}
