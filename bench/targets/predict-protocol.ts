import type { RowAnswer } from '../models/bench-model.ts';
import type { Target } from './target.ts';

interface PredictAnswer {
  readonly prediction: number;
  readonly probability?: number;
}

/** `{"features": row}` and `{"features": [row, …]}`, as `/predict` takes them, and the floors and FastAPI beside it. */
export function predictProtocol(paths: {
  readonly single: string;
  readonly many: string;
}): Pick<Target, 'ask' | 'read'> {
  return {
    ask: (_model, rows, isSingle) => ({
      path: isSingle ? paths.single : paths.many,
      contentType: 'application/json',
      body: JSON.stringify({ features: isSingle ? rows[0] : rows }),
    }),
    read: (body, isSingle) => {
      const value = JSON.parse(Buffer.from(body).toString()) as unknown;
      return isSingle
        ? [toRowAnswer(value as PredictAnswer)]
        : (value as { predictions: PredictAnswer[] }).predictions.map(toRowAnswer);
    },
  };
}

function toRowAnswer({ prediction, probability }: PredictAnswer): RowAnswer {
  return { prediction, probability: probability ?? null };
}
