import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GatewayProcess, ModelStatus } from './gateway-process.ts';
import type { MlflowServer } from './mlflow-server.ts';
import type { Report } from './report.ts';
import { waitUntil } from './wait-until.ts';

/** Where the last version of a model lies, and what onnxruntime answers to a row. */
export interface LinearModel {
  readonly row: readonly number[];
  readonly prediction: number;
  /** As it was registered. */
  readonly source: string;
  /** What MLflow's download URI is. */
  readonly location: string;
}

export type LinearModels = Readonly<Record<string, LinearModel>>;

/** Logs and registers models of `linear_models.py`, one version for each spec `NAME=EXPERIMENT:WIDTH[:run]`. */
export async function logLinearModels(
  server: MlflowServer,
  directory: string,
  specs: readonly string[],
): Promise<LinearModels> {
  const file = join(directory, 'linear.json');
  await server.python('linear', '--expected', file, ...specs);
  return JSON.parse(await readFile(file, 'utf8')) as LinearModels;
}

/** Waits until a model serves, and checks its answer to 1e-5 of its size. */
export async function checkAnswers(
  report: Report,
  where: string,
  gateway: GatewayProcess,
  name: string,
  model: LinearModel,
): Promise<void> {
  await waitUntil(`"${name}" serves (the log ends ${gateway.process.logTail(8)})`, 60_000, async () => {
    // Until the registry is read the answer is that there is no such model.
    const { current, desired } = (await gateway.status(name)) as Partial<ModelStatus>;
    return current != null && current.version === desired?.version;
  });
  const response = await fetch(`${gateway.origin}/models/${name}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ features: model.row }),
  });
  const answer = (await response.json()) as { prediction?: number };
  const error = Math.abs((answer.prediction ?? Number.NaN) - model.prediction);
  const isRight = error <= 1e-5 * Math.max(1, Math.abs(model.prediction));
  report.check(`${where}: "${name}" answers as onnxruntime does`, isRight, {
    answer,
    expected: model.prediction,
  });
}
