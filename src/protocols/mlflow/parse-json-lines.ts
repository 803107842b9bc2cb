import { GatewayError } from '../../errors.ts';
import { parseScoringJson } from './parse-scoring-json.ts';

/**
 * The values of a body that has one on each line; empty lines are passed over. A line of `{"features": […]}` stands
 * for that list, as in SageMaker's own algorithms.
 *
 * @throws GatewayError INVALID_INPUT with the number of the line.
 */
export function parseJsonLines(text: string): readonly unknown[] {
  const values: unknown[] = [];
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '') return;
    try {
      values.push(openFeatures(parseScoringJson(line)));
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      throw new GatewayError(error.code, `line ${index + 1}: ${error.message.replace('the body', 'it')}`);
    }
  });
  return values;
}

function openFeatures(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { features } = value as { readonly features?: unknown };
  return Array.isArray(features) && Object.keys(value).length === 1 ? features : value;
}
