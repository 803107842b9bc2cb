/** How an answer is written: what SageMaker's clients ask for beside JSON. */
export type AnswerFormat = 'json' | 'json-lines' | 'csv' | 'npy';

export const ANSWER_TYPES: Readonly<Record<AnswerFormat, string>> = {
  json: 'application/json',
  'json-lines': 'application/jsonlines',
  csv: 'text/csv',
  npy: 'application/x-npy',
};

const FORMATS: ReadonlyMap<string, AnswerFormat> = new Map([
  ['application/json', 'json'],
  ['application/*', 'json'],
  ['*/*', 'json'],
  ['application/jsonlines', 'json-lines'],
  ['application/x-jsonlines', 'json-lines'],
  ['application/x-ndjson', 'json-lines'],
  ['text/csv', 'csv'],
  ['text/*', 'csv'],
  ['application/x-npy', 'npy'],
]);

/** The format of an `Accept` header that its client likes best; JSON if it knows none of them, as MLflow answers. */
export function parseAnswerFormat(accept: string | undefined): AnswerFormat {
  let best: AnswerFormat = 'json';
  let bestQuality = 0;
  for (const entry of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
    const format = FORMATS.get(type);
    const quality = qualityOf(parameters);
    if (format === undefined || !(quality > bestQuality)) continue;
    best = format;
    bestQuality = quality;
  }
  return best;
}

function qualityOf(parameters: readonly string[]): number {
  const given = parameters.find((parameter) => parameter.startsWith('q='));
  return given === undefined ? 1 : Number(given.slice(2));
}
