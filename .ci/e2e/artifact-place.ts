import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CuttingProxy } from './cutting-proxy.ts';
import { GatewayProcess, type ModelStatus } from './gateway-process.ts';
import { checkAnswers, type LinearModels } from './linear-models.ts';
import type { MlflowMajor } from './mlflow-admin.ts';
import type { ObjectStore } from './object-store.ts';
import type { Report } from './report.ts';
import { waitUntil } from './wait-until.ts';

/** Of a large model, in bytes; a download of it is cut after `cutAfterBytes`. */
export const largeBytes = 20_000_000;
export const cutAfterBytes = 8_000_000;
/** As `linear_models.py` counts. */
export const largeWidth = largeBytes / 20;

export interface ArtifactPlaceOptions {
  readonly report: Report;
  readonly directory: string;
  readonly major: MlflowMajor;
  readonly store: ObjectStore;
  /** Stands before the store. */
  readonly cut: CuttingProxy;
  /** Keys, and `cut` as the endpoint. */
  readonly storeEnvironment: Readonly<Record<string, string>>;
}

/** What the checks of all places share: gateways that follow everything, and a table of what was run. */
export class ArtifactPlace {
  readonly options: ArtifactPlaceOptions;
  readonly gateways: GatewayProcess[] = [];
  readonly #rows: (readonly [place: string, what: string])[] = [];

  constructor(options: ArtifactPlaceOptions) {
    this.options = options;
  }

  /** A gateway with a cache of its own that follows the latest version of every model. */
  async follow(name: string, environment: Readonly<Record<string, string>>): Promise<GatewayProcess> {
    const gateway = await GatewayProcess.start({
      directory: join(this.options.directory, `gateway-${name}`),
      environment: {
        AWS_EC2_METADATA_DISABLED: 'true',
        SWITCHYARD_MODELS: 'models:/*/latest',
        SWITCHYARD_POLL_INTERVAL_MS: '500',
        ...environment,
      },
    });
    this.gateways.push(gateway);
    await waitUntil('the gateway answers', 30_000, async () => {
      const response = await fetch(`${gateway.origin}/livez`).catch(() => null);
      await response?.text();
      return response !== null;
    });
    return gateway;
  }

  async checkModels(where: string, gateway: GatewayProcess, models: LinearModels): Promise<void> {
    for (const [name, model] of Object.entries(models))
      await checkAnswers(this.options.report, where, gateway, name, model);
  }

  /** Checks that a model is refused for a reason that reads so. */
  async checkRefusal(claim: string, gateway: GatewayProcess, name: string, sentence: RegExp): Promise<void> {
    const error = await waitUntil(`"${name}" is refused`, 30_000, async () => {
      const { lastError } = (await gateway.status(name)) as Partial<ModelStatus>;
      return lastError ?? null;
    });
    this.options.report.check(claim, sentence.test(error.message), error);
  }

  /** Checks that what was cut twice was fetched once and not twice; or each time whole, where the server cannot do better. */
  async checkCut(
    where: string,
    gateway: GatewayProcess,
    proxy: CuttingProxy,
    canGoOn: boolean,
  ): Promise<void> {
    const { report } = this.options;
    const log = await readFile(gateway.process.logFile, 'utf8');
    const goneOn = log.match(/broke off after [^"]*it goes on there/g)?.length ?? 0;
    const begunAnew = log.match(/broke off after [^"]*it begins anew/g)?.length ?? 0;
    const mb = (proxy.broughtBytes / 1e6).toFixed(1);
    report.note(
      `${where}: 2 cuts of a file of ${largeBytes / 1e6} MB, gone on ${goneOn}, begun anew ${begunAnew}, ${mb} MB on the wire`,
    );
    report.check(`${where}: both connections were cut`, proxy.cutsLeft === 0, proxy.cutsLeft);
    const isRight = canGoOn
      ? goneOn === 2 && begunAnew === 0 && proxy.broughtBytes < largeBytes * 1.25
      : goneOn === 0 && begunAnew === 2;
    const what = canGoOn ? 'each went on where it was' : 'each began anew';
    report.check(`${where}: ${what}`, isRight, { goneOn, begunAnew, mb });
  }

  /** A line of the table. */
  tell(place: string, what: string): void {
    this.#rows.push([place, what]);
  }

  printTable(): void {
    const { report, major } = this.options;
    for (const [place, what] of this.#rows) report.note(`MLflow ${major} | ${place.padEnd(48)} | ${what}`);
  }

  async stopGateways(): Promise<void> {
    await Promise.all(
      this.gateways.map(async (gateway) => gateway.process.hasExited || (await gateway.stop())),
    );
  }
}
