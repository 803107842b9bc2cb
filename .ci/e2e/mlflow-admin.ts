export type MlflowMajor = '2' | '3';

export interface Account {
  readonly username: string;
  readonly password: string;
}

/** MLflow's levels, each with all rights of those before it. */
export type Permission = 'NO_PERMISSIONS' | 'READ' | 'EDIT' | 'MANAGE';

export type Resource =
  | { readonly kind: 'registered_model'; readonly name: string }
  | { readonly kind: 'experiment'; readonly id: string };

export interface MlflowAdminOptions {
  /** As MLFLOW_TRACKING_URI would be: with the prefix where the API is below it. */
  readonly uri: string;
  readonly major: MlflowMajor;
  /** `null` for a server without accounts. */
  readonly account: Account | null;
  /** `null` for the server's default one, if it has workspaces at all. */
  readonly workspace: string | null;
}

/** What people do to a registry, over REST of MLflow 2 and 3, as the administrator; every method throws what is no success. */
export class MlflowAdmin {
  readonly #options: MlflowAdminOptions;

  constructor(options: MlflowAdminOptions) {
    this.#options = options;
  }

  /** Moves a stage, and archives what was in it unless `archive` is false. */
  async moveStage(name: string, version: string, stage = 'Production', archive = true): Promise<void> {
    const body = { name, version, stage, archive_existing_versions: archive };
    await this.call('POST', '/api/2.0/mlflow/model-versions/transition-stage', body);
  }

  async moveAlias(name: string, alias: string, version: string): Promise<void> {
    await this.call('POST', '/api/2.0/mlflow/registered-models/alias', { name, alias, version });
  }

  async deleteAlias(name: string, alias: string): Promise<void> {
    await this.call('DELETE', '/api/2.0/mlflow/registered-models/alias', { name, alias });
  }

  async deleteVersion(name: string, version: string): Promise<void> {
    await this.call('DELETE', '/api/2.0/mlflow/model-versions/delete', { name, version });
  }

  async deleteModel(name: string): Promise<void> {
    await this.call('DELETE', '/api/2.0/mlflow/registered-models/delete', { name });
  }

  async createModel(name: string): Promise<void> {
    await this.call('POST', '/api/2.0/mlflow/registered-models/create', { name });
  }

  /** @returns the number of the new version */
  async createVersion(name: string, source: string, runId?: string): Promise<string> {
    const body = { name, source, ...(runId === undefined ? {} : { run_id: runId }) };
    const answer = await this.call('POST', '/api/2.0/mlflow/model-versions/create', body);
    return (answer.model_version as { readonly version: string }).version;
  }

  /** @returns by their keys */
  async versionTags(name: string, version: string): Promise<Record<string, string>> {
    const query = `name=${encodeURIComponent(name)}&version=${version}`;
    const answer = await this.call('GET', `/api/2.0/mlflow/model-versions/get?${query}`);
    const { tags = [] } = answer.model_version as {
      readonly tags?: readonly { key: string; value: string }[];
    };
    return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
  }

  async setVersionTag(name: string, version: string, key: string, value: string): Promise<void> {
    await this.call('POST', '/api/2.0/mlflow/model-versions/set-tag', { name, version, key, value });
  }

  /** Makes the workspace that everything else is done in. Only 3.x with --enable-workspaces. */
  async createWorkspace(): Promise<void> {
    const inDefault = new MlflowAdmin({ ...this.#options, workspace: null });
    await inDefault.call('POST', '/api/3.0/mlflow/workspaces', { name: this.#options.workspace });
  }

  async createRun(experimentId: string): Promise<{ readonly id: string; readonly artifacts: string }> {
    const answer = await this.call('POST', '/api/2.0/mlflow/runs/create', { experiment_id: experimentId });
    const { info } = answer.run as {
      readonly info: { readonly run_id: string; readonly artifact_uri: string };
    };
    return { id: info.run_id, artifacts: info.artifact_uri };
  }

  /** Stores a file through the server's proxy, at `mlflow-artifacts:/` and this path. */
  async putArtifact(path: string, content: Uint8Array<ArrayBuffer>): Promise<void> {
    const url = `${this.#options.uri}/api/2.0/mlflow-artifacts/artifacts/${path}`;
    const response = await fetch(url, { method: 'PUT', headers: this.#authorization(), body: content });
    const text = await response.text();
    if (response.status !== 200) {
      throw new Error(`MLflow answered ${response.status} to the artifact ${path}: ${text}`);
    }
  }

  /** @returns its id */
  async createExperiment(name: string): Promise<string> {
    const answer = await this.call('POST', '/api/2.0/mlflow/experiments/create', { name });
    return answer.experiment_id as string;
  }

  /** @returns the id of the experiment, which has to exist */
  async experimentId(name: string): Promise<string> {
    const query = `experiment_name=${encodeURIComponent(name)}`;
    const answer = await this.call('GET', `/api/2.0/mlflow/experiments/get-by-name?${query}`);
    return (answer.experiment as { readonly experiment_id: string }).experiment_id;
  }

  async createAccount(account: Account): Promise<void> {
    await this.call('POST', '/api/2.0/mlflow/users/create', account);
  }

  /** Once for each account and resource: a second grant fails. */
  async grant({ username }: Account, resource: Resource, permission: Permission): Promise<void> {
    const id = resource.kind === 'experiment' ? resource.id : resource.name;
    if (this.#options.major === '3') {
      const body = { username, resource_type: resource.kind, resource_id: id, permission };
      await this.call('POST', '/api/3.0/mlflow/users/permissions/grant', body);
      return;
    }
    const [folder, key] =
      resource.kind === 'experiment' ? ['experiments', 'experiment_id'] : ['registered-models', 'name'];
    const body = { [key]: id, username, permission };
    await this.call('POST', `/api/2.0/mlflow/${folder}/permissions/create`, body);
  }

  /** As the server tells it, e.g. `3.17.2`. */
  async version(): Promise<string> {
    const response = await fetch(`${this.#options.uri}/version`, { headers: this.#authorization() });
    return (await response.text()).trim();
  }

  /** Milliseconds that the server takes to tell about one model: with basic auth most of a poll's time. */
  async readMs(name: string): Promise<number> {
    const startedAt = performance.now();
    await this.call('GET', `/api/2.0/mlflow/registered-models/get?name=${encodeURIComponent(name)}`);
    return performance.now() - startedAt;
  }

  /** @param path from `/api` on @throws Error with MLflow's answer unless it is a success */
  async call(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const { uri, workspace } = this.#options;
    const workspaceHeader = workspace === null ? {} : { 'x-mlflow-workspace': workspace };
    const response = await fetch(`${uri}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...this.#authorization(), ...workspaceHeader },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`MLflow answered ${response.status} to ${method} ${path}: ${text}`);
    }
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  }

  #authorization(): Record<string, string> {
    const { account } = this.#options;
    if (account === null) return {};
    const token = Buffer.from(`${account.username}:${account.password}`).toString('base64');
    return { authorization: `Basic ${token}` };
  }
}
