import { GatewayError } from '../../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../../graph/graph-builder.ts';
import type { Stored } from '../../../values/stored.ts';
import type { Scope, TextColumns } from '../../converter.ts';
import { Features } from '../../features.ts';

/** Codes of categories are bytes. */
const CODES = 256;

/**
 * The columns as the trees of a histogram gradient boosting see them: categories are whole numbers, and NaN where they are
 * unknown or missing. Since scikit-learn 1.4 they come first, encoded; before, they are where they were, and numbers.
 */
export function categoryCodes(estimator: Stored, features: Features, scope: Scope): Features {
  const isCategorical = estimator.find('is_categorical_');
  if (isCategorical === null) return features;
  const flags = isCategorical.numbersOfShape(features.width).values;
  const [categorical, numeric] = [positionsOf(flags, 1), positionsOf(flags, 0)];
  const preprocessor = estimator.find('_preprocessor');
  if (preprocessor !== null) {
    const encoded = scope.transform(encoderOf(preprocessor), features.select(categorical));
    return Features.beside(scope.graph, [encoded, features.select(numeric)]);
  }
  const known = estimator.get('_bin_mapper').get('bin_thresholds_').items();
  return Features.beside(
    scope.graph,
    [...flags].map((flag, at) => {
      const column = features.select([at]);
      if (flag === 0) return column;
      return column.mapped(knownCode(scope.graph, column.matrix(), known[at]));
    }),
  );
}

/** Positions of the columns whose categories are texts. */
export function textCategories(estimator: Stored, ask: TextColumns): ReadonlySet<number> {
  const preprocessor = estimator.find('_preprocessor');
  if (preprocessor === null) return new Set();
  const categorical = positionsOf(estimator.get('is_categorical_').numbersOfShape(-1).values, 1);
  const texts = ask(encoderOf(preprocessor));
  return new Set(categorical.filter((_, at) => texts.has(at)));
}

function positionsOf(flags: Float64Array, flag: 0 | 1): number[] {
  return [...flags.keys()].filter((at) => flags[at] === flag);
}

function encoderOf(preprocessor: Stored): Stored {
  for (const transformer of preprocessor.get('transformers_').items()) {
    const [name, encoder] = transformer.items();
    if (name?.value === 'encoder' && encoder?.className === 'OrdinalEncoder') return encoder;
  }
  throw new GatewayError('INVALID_MODEL', `${preprocessor.label} has no OrdinalEncoder called "encoder"`);
}

/**
 * `[rows, 1]`: the last byte of the number's integer part, which is how scikit-learn up to 1.3 reads a category (0 where 32 bits
 * do not hold that, as its compiled code gives on x86-64); NaN if it is negative or was not there in training.
 */
function knownCode(graph: GraphBuilder, value: GraphValue, known: Stored | undefined): GraphValue {
  const table = new Float64Array(CODES + 1).fill(Number.NaN);
  for (const code of known?.numbersOfShape(-1).values ?? []) {
    if (Number.isInteger(code) && code >= 0 && code < CODES) table[code] = code;
    else throw new GatewayError('INVALID_MODEL', `${known?.path} has the category ${code}, which is no byte`);
  }
  const whole = graph.op('Floor', value);
  const codes = graph.real(CODES);
  const byte = graph.op(
    'Sub',
    whole,
    graph.op('Mul', graph.op('Floor', graph.op('Div', whole, codes)), codes),
  );
  const isWide = graph.op('GreaterOrEqual', value, graph.real(2 ** 31));
  const code = graph.op('Where', isWide, graph.real(0), byte);
  // False for NaN, too.
  const isCode = graph.op('GreaterOrEqual', value, graph.real(0));
  return graph.op('Gather', graph.reals(table), graph.cast(graph.op('Where', isCode, code, codes), 'int64'));
}
