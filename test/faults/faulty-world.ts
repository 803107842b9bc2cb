import type { ModelStatus } from '../../src/lifecycle/model-status.ts';
import { type Environment, type RunningGateway, runGateway } from '../running-gateway.ts';
import { FaultyProxy } from './faulty-proxy.ts';
import { MlflowStandIn } from './mlflow-stand-in.ts';

export const POLL_MS = 100;

/** A gateway that follows a registry whose answers can be spoiled. */
export interface FaultyWorld extends AsyncDisposable {
  readonly standIn: MlflowStandIn;
  readonly proxy: FaultyProxy;
  readonly running: RunningGateway;
  status(): ModelStatus;
  /** How many polls have begun. */
  polls(): number;
  /** Registers the next version of iris; the content changes each time. @returns its number. */
  next(): Promise<number>;
  /** Resolves once this version serves, and nothing is wrong. @returns how many polls have begun until its load did. */
  serves(version: number): Promise<number>;
  /** Resolves once something is wrong. */
  fails(): Promise<NonNullable<ModelStatus['lastError']>>;
  /** A request that must be answered. @returns the version that did. */
  ask(): Promise<string>;
}

/** Version 1 of iris serves. Everything is closed with the end of the scope. */
export async function setUpFaults(env: Environment = {}): Promise<FaultyWorld> {
  const standIn = await MlflowStandIn.start();
  standIn.promote('iris', await standIn.register('iris', 'iris/1'));
  const proxy = await FaultyProxy.start(standIn.uri);
  const running = await runGateway({
    SWITCHYARD_REGISTRY_DIR: '',
    MLFLOW_TRACKING_URI: proxy.uri,
    SWITCHYARD_MODELS: 'models:/iris/Production',
    SWITCHYARD_POLL_INTERVAL_MS: String(POLL_MS),
    ...env,
  });
  const status = () => running.gateway.service.status('iris');
  const polls = () => proxy.seen.filter((path) => path.includes('registered-models/get')).length;
  const next = async () => {
    const number = Math.max(...(standIn.store.models.get('iris')?.versions.keys() ?? [])) + 1;
    return standIn.register('iris', number % 2 === 1 ? 'iris/1' : 'iris/2');
  };
  const serves = async (version: number) => {
    let begunAt = 0;
    await running.until(() => {
      const { current, loading, lastError } = status();
      if (loading?.version === String(version)) begunAt ||= polls();
      return current?.version === String(version) && lastError === null;
    });
    return begunAt || polls();
  };
  const fails = async () => {
    await running.until(() => status().lastError !== null);
    return status().lastError!;
  };
  const ask = async () => {
    const response = await running.post('/predict', { features: [5.1, 3.5, 1.4, 0.2] });
    if (response.status !== 200) throw new Error(`status ${response.status}: ${await response.text()}`);
    return response.headers.get('x-model-version')!;
  };
  await serves(1);
  const dispose = async () => {
    await running[Symbol.asyncDispose]();
    await proxy.close();
    await standIn.close();
  };
  return { standIn, proxy, running, status, polls, next, serves, fails, ask, [Symbol.asyncDispose]: dispose };
}
