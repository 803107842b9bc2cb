import type { FakeAnswer, FakeHandler, SeenRequest } from './fake-mlflow-server.ts';

interface StoredVersion {
  readonly number: number;
  stage: string;
  status: string;
  statusMessage: string;
  source: string;
  downloadUri: string;
  runId: string;
  readonly tags: Map<string, string>;
}

interface StoredModel {
  readonly name: string;
  readonly createdAt: number;
  updatedAt: number;
  isPrompt: boolean;
  isHidden: boolean;
  readonly versions: Map<number, StoredVersion>;
  readonly aliases: Map<string, number>;
}

/** MLflow's registry in memory, with the answers, omissions and errors that 3.17.2 and 2.22.5 were recorded to give. */
export class FakeModelStore {
  readonly models = new Map<string, StoredModel>();
  pageSize = 1000;
  /** The account has READ and no more. */
  isReadOnly = false;
  #clock = 1_795_391_721_531;

  readonly handler: FakeHandler = (request) => {
    const route = request.path.replace('/api/2.0/mlflow/', '');
    switch (route) {
      case 'registered-models/get':
        return this.#getModel(request);
      case 'registered-models/search':
        return this.#searchModels(request);
      case 'model-versions/get':
        return this.#getVersion(request, (name, version) => ({ model_version: toJson(name, version) }));
      case 'model-versions/get-download-uri':
        return this.#getVersion(request, (_, version) => ({ artifact_uri: version.downloadUri }));
      case 'model-versions/set-tag':
        return this.#setTag(request);
      case 'model-versions/search':
        return this.#searchVersions(request);
      default:
        return null;
    }
  };

  add(name: string, count: number): StoredModel {
    const model: StoredModel = this.models.get(name) ?? {
      name,
      createdAt: this.#tick(),
      updatedAt: this.#clock,
      isPrompt: false,
      isHidden: false,
      versions: new Map(),
      aliases: new Map(),
    };
    this.models.set(name, model);
    for (let index = 0; index < count; index += 1) {
      const number = Math.max(0, ...model.versions.keys()) + 1;
      model.versions.set(number, {
        number,
        stage: 'None',
        status: 'READY',
        statusMessage: '',
        source: `models:/m-${String(number).padStart(32, '0')}`,
        downloadUri: `mlflow-artifacts:/4/models/m-${String(number).padStart(32, '0')}/artifacts`,
        runId: `run-of-${number}`,
        tags: new Map(),
      });
      model.updatedAt = this.#tick();
    }
    return model;
  }

  version(name: string, number: number): StoredVersion {
    const version = this.models.get(name)?.versions.get(number);
    if (version === undefined) throw new Error(`the fake has no version ${number} of ${name}`);
    return version;
  }

  setStage(name: string, number: number, stage: string): void {
    this.version(name, number).stage = stage;
    this.#touch(name);
  }

  /** As 2.22.5: aliases of the version stay. */
  deleteVersion(name: string, number: number): void {
    this.models.get(name)?.versions.delete(number);
    this.#touch(name);
  }

  #touch(name: string): void {
    const model = this.models.get(name);
    if (model !== undefined) model.updatedAt = this.#tick();
  }

  #tick(): number {
    this.#clock += 7;
    return this.#clock;
  }

  #getModel({ query }: SeenRequest): FakeAnswer {
    const model = this.models.get(query.name ?? '');
    if (model?.isHidden) return { status: 403, body: 'Permission denied' };
    if (model === undefined) return notFound(`Registered Model with name=${query.name} not found`);
    return { status: 200, body: { registered_model: modelToJson(model) } };
  }

  #searchModels({ query }: SeenRequest): FakeAnswer {
    const size = Math.min(Number(query.max_results ?? 100), this.pageSize);
    const offset = Number(query.page_token ?? 0);
    const visible = [...this.models.values()].filter((model) => !model.isHidden);
    const page = visible.slice(offset, offset + size);
    const hasMore = offset + size < visible.length;
    return {
      status: 200,
      body: {
        ...(page.length === 0 ? {} : { registered_models: page.map(modelToJson) }),
        ...(hasMore ? { next_page_token: String(offset + size) } : {}),
      },
    };
  }

  #getVersion({ query }: SeenRequest, body: (name: string, version: StoredVersion) => unknown): FakeAnswer {
    const name = query.name ?? '';
    const version = this.models.get(name)?.versions.get(Number(query.version));
    if (version === undefined)
      return notFound(`Model Version (name=${name}, version=${query.version}) not found`);
    return { status: 200, body: body(name, version) };
  }

  #setTag({ method, body }: SeenRequest): FakeAnswer | null {
    if (method !== 'POST') return null;
    if (this.isReadOnly) return { status: 403, body: 'Permission denied' };
    const { name, version, key, value } = JSON.parse(body) as Record<string, string>;
    const found = this.models.get(name ?? '')?.versions.get(Number(version));
    if (found === undefined) return notFound(`Model Version (name=${name}, version=${version}) not found`);
    found.tags.set(key ?? '', value ?? '');
    return { status: 200, body: {} };
  }

  #searchVersions({ query }: SeenRequest): FakeAnswer {
    const name = query.filter === undefined ? null : (/^name=(['"])(.*)\1$/s.exec(query.filter)?.[2] ?? '');
    const found = [...this.models.values()]
      .filter((model) => name === null || model.name === name)
      .flatMap((model) => [...model.versions.values()].map((version) => toJson(model.name, version)));
    return { status: 200, body: found.length === 0 ? {} : { model_versions: found } };
  }
}

function modelToJson(model: StoredModel): unknown {
  const latest = new Map<string, StoredVersion>();
  for (const version of model.versions.values()) {
    if (version.number > (latest.get(version.stage)?.number ?? 0)) latest.set(version.stage, version);
  }
  return {
    name: model.name,
    creation_timestamp: model.createdAt,
    last_updated_timestamp: model.updatedAt,
    ...(latest.size === 0
      ? {}
      : { latest_versions: [...latest.values()].map((version) => toJson(model.name, version)) }),
    ...(model.isPrompt ? { tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }] } : {}),
    ...(model.aliases.size === 0
      ? {}
      : { aliases: [...model.aliases].map(([alias, version]) => ({ alias, version: String(version) })) }),
  };
}

function toJson(name: string, version: StoredVersion): unknown {
  const tags = [...version.tags].map(([key, value]) => ({ key, value }));
  return {
    name,
    version: String(version.number),
    creation_timestamp: 1_795_391_721_545,
    last_updated_timestamp: 1_795_391_722_658,
    current_stage: version.stage,
    description: '',
    source: version.source,
    run_id: version.runId,
    status: version.status,
    ...(version.statusMessage === '' ? {} : { status_message: version.statusMessage }),
    ...(tags.length === 0 ? {} : { tags }),
    run_link: '',
  };
}

function notFound(message: string): FakeAnswer {
  return { status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message } };
}
