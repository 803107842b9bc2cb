import type { GatewayError } from '../../errors.ts';
import type { ModelVersion } from '../../model/model-version.ts';
import type { VersionStanding } from '../../model/version-standing.ts';
import type { StandingOutcome, StandingWriter } from '../standing-writer.ts';
import { MlflowClient, type MlflowClientOptions } from './mlflow-client.ts';
import { refusedToSet, tagForbidden } from './mlflow-errors.ts';
import { printableSource } from './printable-source.ts';
import { missingTags } from './standing-tags.ts';
import { VersionLookup } from './version-lookup.ts';

export interface MlflowStandingOptions extends MlflowClientOptions {
  /** Stands behind each reason, to tell several gateways apart; `null` for nothing. */
  readonly gatewayName: string | null;
}

/**
 * Writes standings as tags of the version (`STANDING_TAGS`), which needs EDIT on the model under basic auth. Each costs
 * one read and one request for each tag that differs, at most four.
 *
 * Nothing is ever deleted, which would need MANAGE.
 *
 * @throws GatewayError INVALID_SETTING for a URI that is not http(s), or unreadable certificate files.
 */
export function createMlflowStandingWriter(options: MlflowStandingOptions): StandingWriter {
  return new MlflowStandingWriter(options);
}

class MlflowStandingWriter implements StandingWriter {
  readonly #client: MlflowClient;
  readonly #versions: VersionLookup;
  readonly #gatewayName: string | null;

  constructor(options: MlflowStandingOptions) {
    this.#client = new MlflowClient(options);
    this.#versions = new VersionLookup(this.#client, Date.now);
    this.#gatewayName = options.gatewayName;
  }

  isSaid(tags: Readonly<Record<string, string>>, standing: VersionStanding): boolean {
    return missingTags(tags, standing, this.#gatewayName).length === 0;
  }

  async write(
    version: ModelVersion,
    standing: VersionStanding,
    signal: AbortSignal,
  ): Promise<StandingOutcome> {
    const { name, version: number } = version;
    const record = await this.#versions.get(name, number, signal);
    // A model that was made again counts its versions from 1: that number may be another version's by now.
    if (record === null || printableSource(record.source) !== version.source) return 'gone';
    const missing = missingTags(record.tags, standing, this.#gatewayName);
    for (const [key, value] of missing) {
      const answer = await this.#client.post(
        'model-versions/set-tag',
        { name, version: number, key, value },
        signal,
      );
      if (answer.ok) continue;
      if (answer.status === 404) return 'gone';
      throw this.#errorOf(answer, version);
    }
    return missing.length === 0 ? 'unchanged' : 'written';
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #errorOf(
    answer: { readonly status: number; readonly errorCode: string | null; readonly message: string },
    { name, version }: ModelVersion,
  ): GatewayError {
    const what = `version ${version} of model "${name}"`;
    return answer.status === 403 ? tagForbidden(what) : refusedToSet(answer, what);
  }
}
