import { join } from 'node:path';
import type { BenchModel, RowAnswer } from '../models/bench-model.ts';
import type { Target } from './target.ts';

/** A scikit-learn model gives the plain prediction, an ONNX model its outputs by name. */
type Prediction = number | Readonly<Record<string, unknown>>;

/** MLflow's scoring protocol, as MLflow answers it. */
export const invocationsProtocol: Pick<Target, 'ask' | 'read'> = {
  ask: ({ columns }, rows) => ({
    path: '/invocations',
    contentType: 'application/json',
    body: JSON.stringify({ dataframe_split: { columns, data: rows } }),
  }),
  read: (body) => {
    const { predictions } = JSON.parse(Buffer.from(body).toString()) as { predictions: Prediction[] };
    return predictions.map(toRowAnswer);
  },
};

function mlflow(name: string, title: string, directoryOf: (model: BenchModel) => string): Target {
  return {
    ...invocationsProtocol,
    name,
    title,
    needs: 'peers',
    server: name,
    answersModel: true,
    keepsCache: false,
    start: ({ port, model, environments }) => ({
      command: [
        join(environments.peers, 'mlflow'),
        ...['models', 'serve', '--env-manager', 'local'],
        ...['--model-uri', directoryOf(model), '--port', String(port)],
      ],
      // It starts uvicorn by name.
      environment: {
        PATH: `${environments.peers}:${process.env.PATH ?? ''}`,
        MLFLOW_DISABLE_TELEMETRY: 'true',
      },
    }),
  };
}

export const mlflowSklearn = mlflow(
  'mlflow-sklearn',
  'mlflow models serve, scikit-learn',
  (model) => model.sklearnFlavour,
);
export const mlflowOnnx = mlflow('mlflow-onnx', 'mlflow models serve, ONNX', (model) => model.onnxFlavour);

function toRowAnswer(prediction: Prediction): RowAnswer {
  if (typeof prediction === 'number') return { prediction, probability: null };
  const [label, scores] = Object.values(prediction);
  const value = Array.isArray(label) ? label[0] : label;
  if (scores === undefined) return { prediction: value as number, probability: null };
  return { prediction: value as number, probability: Math.max(...Object.values(scores as object)) };
}
