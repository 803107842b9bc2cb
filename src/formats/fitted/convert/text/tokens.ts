import { GatewayError } from '../../../../errors.ts';
import { MISSING_TEXT } from '../../../../model/missing-text.ts';
import type { GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Scope } from '../converter.ts';
import { EXPORT_INSTEAD } from '../export-instead.ts';
import type { Features } from '../features.ts';

/**
 * Patterns of scikit-learn and of the runtime (RE2) that find the same tokens: Python's `\w` is letters, numbers and the
 * underscore of all scripts (compared for every code point; they differ for those that are newer than the trainer's Python).
 */
const PATTERNS: Readonly<Record<string, string>> = {
  '(?u)\\b\\w\\w+\\b': '[\\p{L}\\p{N}_]{2,}',
  '\\b\\w\\w+\\b': '[\\p{L}\\p{N}_]{2,}',
  '(?u)\\b\\w+\\b': '[\\p{L}\\p{N}_]+',
  '\\b\\w+\\b': '[\\p{L}\\p{N}_]+',
  '(?u)\\w+': '[\\p{L}\\p{N}_]+',
  '\\w+': '[\\p{L}\\p{N}_]+',
};

/**
 * Texts in which Python's `lower` depends on more than the letter itself, or makes two of one: a capital sigma at the end
 * of a word, and the capital i with a dot. All others are as the runtime's (compared for every code point).
 */
const UNLIKE_LOWER = '(?s).*(?:İ.*|Σ(?:[^\\p{Lu}\\p{Ll}\\p{Lt}].*)?)';

/**
 * The tokens of each text, `[rows, most tokens]`, filled up with a text that is no token.
 *
 * @throws GatewayError UNSUPPORTED_MODEL if they are found in a way that the runtime has not.
 */
export function tokensOf(estimator: Stored, features: Features, scope: Scope): GraphValue {
  const { graph } = scope;
  const pattern = patternOf(estimator);
  const block = features.width === 1 ? features.column(0) : null;
  if (block?.kind !== 'text')
    throw new GatewayError('UNSUPPORTED_MODEL', `${estimator.label} takes one column of texts`);
  scope.refuseNaN(features);
  const texts = graph.op('Squeeze', block.value, graph.int64s([1]));
  const isLowered = estimator.get('lowercase').boolean();
  if (isLowered) {
    const isUnlike = graph.node('RegexFullMatch', [block.value], {
      attributes: { pattern: { text: UNLIKE_LOWER } },
    });
    scope.failWhere(
      isUnlike,
      'a text holds İ, or Σ at the end of a word, which are lower-cased otherwise here than in Python',
    );
  }
  const lowered = isLowered
    ? graph.node('StringNormalizer', [texts], {
        attributes: {
          case_change_action: { text: 'LOWER' },
          is_case_sensitive: { integer: 1 },
          // The runtime's own default is often not installed, and this one is part of the C library.
          locale: { text: 'C.UTF-8' },
        },
      })
    : texts;
  return graph.node('Tokenizer', [lowered], {
    domain: 'com.microsoft',
    attributes: {
      mark: { integer: 0 },
      mincharnum: { integer: 1 },
      pad_value: { text: MISSING_TEXT },
      tokenexp: { text: pattern },
    },
  });
}

function patternOf(estimator: Stored): string {
  for (const parameter of ['preprocessor', 'tokenizer', 'strip_accents']) {
    if (estimator.find(parameter) !== null) throw unlike(estimator, `${parameter} is set`);
  }
  if (estimator.get('input').value !== 'content') throw unlike(estimator, 'input is not "content"');
  if (estimator.get('analyzer').value !== 'word') throw unlike(estimator, 'analyzer is not "word"');
  const pattern = estimator.get('token_pattern').value;
  const known =
    typeof pattern === 'string' && Object.hasOwn(PATTERNS, pattern) ? PATTERNS[pattern] : undefined;
  if (known === undefined) throw unlike(estimator, 'token_pattern is not the usual one');
  return known;
}

function unlike(estimator: Stored, why: string): GatewayError {
  return new GatewayError(
    'UNSUPPORTED_MODEL',
    `${estimator.label}: ${why}, which is not served; ${EXPORT_INSTEAD}`,
  );
}
