import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FakeAnswer } from './fake-mlflow-server.ts';

/** An answer of a real MLflow server, by the name of its exchange. */
export function recorded(version: '2.22.5' | '3.17.2', name: string): FakeAnswer {
  const path = join(import.meta.dirname, '..', '..', 'fixtures', 'mlflow', `recorded-${version}.json`);
  const answers = JSON.parse(readFileSync(path, 'utf8')) as Record<string, FakeAnswer>;
  const answer = answers[name];
  if (answer === undefined) throw new Error(`no exchange "${name}" was recorded with ${version}`);
  return answer;
}
