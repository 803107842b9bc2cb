import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

interface Named {
  readonly name: string;
}

interface EnvironmentVariable extends Named {
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: Named & { readonly key: string } };
}

interface ContainerObject extends Named {
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly envFrom?: readonly { readonly configMapRef?: Named; readonly secretRef?: Named }[];
  readonly env?: readonly EnvironmentVariable[];
  readonly volumeMounts?: readonly (Named & { readonly mountPath: string; readonly readOnly?: boolean })[];
  readonly readinessProbe?: { readonly httpGet?: { readonly path: string } };
}

interface PodSpec {
  readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number };
  readonly terminationGracePeriodSeconds?: number;
  readonly initContainers?: readonly ContainerObject[];
  readonly containers: readonly ContainerObject[];
  readonly volumes?: readonly (Named & { readonly secret?: { readonly secretName: string } })[];
}

interface KubernetesObject {
  readonly kind: string;
  readonly metadata: Named;
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly spec?: { readonly template?: { readonly spec: PodSpec } };
}

/** What the kubelet would start. */
export interface ContainerSpec {
  readonly name: string;
  /** `null`: the image's entrypoint. */
  readonly command: readonly string[] | null;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly VolumeSpec[];
  /** `UID:GID`. */
  readonly user: string;
}

export interface VolumeSpec {
  readonly name: string;
  readonly path: string;
  readonly isReadOnly: boolean;
  /** The files of a Secret; `null` for an empty directory. */
  readonly files: Readonly<Record<string, string>> | null;
}

/** Kubernetes objects by kind and name. */
export class Manifests {
  readonly #objects = new Map<string, KubernetesObject>();

  /** @param texts YAML; an object that comes again is merged into the first one, as kustomize merges a patch */
  constructor(texts: readonly string[]) {
    for (const text of texts) {
      for (const document of parseAllDocuments(text, { merge: true })) {
        const object = document.toJS() as KubernetesObject | null;
        if (object === null || object.kind === 'Kustomization') continue;
        const key = `${object.kind}/${object.metadata.name}`;
        this.#objects.set(key, merge(this.#objects.get(key), object) as KubernetesObject);
      }
    }
  }

  /** Every `*.yaml` of these directories, those below them included, in the order of the directories. */
  static textsIn(...directories: readonly string[]): string[] {
    return directories.flatMap((directory) =>
      readdirSync(directory, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.yaml') && !name.endsWith('.example.yaml'))
        .filter((name) => !name.endsWith('.template.yaml'))
        .sort()
        .map((name) => readFileSync(join(directory, name), 'utf8')),
    );
  }

  /** `Deployment/…` and the like. */
  get workloads(): readonly string[] {
    return [...this.#objects]
      .filter(([, { spec }]) => spec?.template !== undefined)
      .map(([key]) => key)
      .sort();
  }

  /** The pods of a `Deployment/…`, `StatefulSet/…` or `Job/…`. */
  pod(workload: string): PodSpec {
    const pod = this.#get(workload).spec?.template?.spec;
    if (pod === undefined) throw new Error(`${workload} has no pods`);
    return pod;
  }

  container(workload: string, name: string): ContainerSpec {
    const container = this.containers(workload).find((one) => one.name === name);
    if (container === undefined) throw new Error(`${workload} has no container "${name}"`);
    return container;
  }

  /** In the order in which they start. */
  containers(workload: string): readonly ContainerSpec[] {
    const pod = this.pod(workload);
    return [...(pod.initContainers ?? []), ...pod.containers].map((container) => this.#spec(pod, container));
  }

  /** The texts of a ConfigMap or a Secret. */
  data(key: string): Readonly<Record<string, string>> {
    const { data = {}, stringData = {} } = this.#get(key);
    return { ...data, ...stringData };
  }

  #get(key: string): KubernetesObject {
    const object = this.#objects.get(key);
    if (object === undefined) throw new Error(`there is no ${key}`);
    return object;
  }

  #spec(pod: PodSpec, container: ContainerObject): ContainerSpec {
    const { runAsUser, runAsGroup } = pod.securityContext;
    return {
      name: container.name,
      command: container.command ?? null,
      args: container.args ?? [],
      environment: this.#environment(container),
      volumes: (container.volumeMounts ?? []).map((mount) => ({
        name: mount.name,
        path: mount.mountPath,
        isReadOnly: mount.readOnly ?? false,
        files: this.#files(pod, mount.name),
      })),
      user: `${runAsUser}:${runAsGroup}`,
    };
  }

  #environment(container: ContainerObject): Record<string, string> {
    const environment: Record<string, string> = {};
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      if (configMapRef !== undefined) Object.assign(environment, this.data(`ConfigMap/${configMapRef.name}`));
      if (secretRef !== undefined) Object.assign(environment, this.data(`Secret/${secretRef.name}`));
    }
    for (const { name, value, valueFrom } of container.env ?? []) {
      const reference = valueFrom?.secretKeyRef;
      const given = reference === undefined ? value : this.data(`Secret/${reference.name}`)[reference.key];
      if (given === undefined) throw new Error(`container "${container.name}" has no value for ${name}`);
      environment[name] = given;
    }
    return environment;
  }

  #files(pod: PodSpec, name: string): Readonly<Record<string, string>> | null {
    const secret = pod.volumes?.find((volume) => volume.name === name)?.secret;
    return secret === undefined ? null : this.data(`Secret/${secret.secretName}`);
  }
}

/** Objects key by key, lists of named things by their names, everything else is replaced. */
function merge(base: unknown, patch: unknown): unknown {
  if (Array.isArray(base) && Array.isArray(patch) && [...base, ...patch].every(isNamed)) {
    const names = new Set([...base, ...patch].map(({ name }) => name));
    const find = (list: readonly Named[], name: string) => list.find((one) => one.name === name);
    return [...names].map((name) => merge(find(base, name), find(patch, name)));
  }
  if (patch === undefined) return base;
  if (!isObject(base) || !isObject(patch)) return patch;
  const keys = [...new Set([...Object.keys(base), ...Object.keys(patch)])];
  return Object.fromEntries(keys.map((key) => [key, merge(base[key], patch[key])]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNamed(value: unknown): value is Named {
  return isObject(value) && typeof value.name === 'string';
}
