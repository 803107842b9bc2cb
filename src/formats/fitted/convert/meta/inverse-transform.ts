import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { EXPORT_INSTEAD } from '../export-instead.ts';
import { numpyFunction } from '../preprocessing/numpy-function.ts';
import { invertedPower } from './inverted-power.ts';
import { invertedQuantiles } from './inverted-quantiles.ts';
import { stepsOf } from './pipeline.ts';

/** `value` is `[rows, width]`, and so is the result. */
type Inverse = (transformer: Stored, value: GraphValue, width: number, graph: GraphBuilder) => GraphValue;

const MAX_DEPTH = 20;

const INVERSES: Readonly<Record<string, Inverse>> = {
  StandardScaler: (transformer, value, width, graph) => {
    const isScaled = transformer.get('with_std').boolean();
    const isCentred = transformer.get('with_mean').boolean();
    const scaled = isScaled ? graph.op('Mul', value, vector(transformer, 'scale_', width, graph)) : value;
    return isCentred ? graph.op('Add', scaled, vector(transformer, 'mean_', width, graph)) : scaled;
  },
  RobustScaler: (transformer, value, width, graph) => {
    const isScaled = transformer.get('with_scaling').boolean();
    const isCentred = transformer.get('with_centering').boolean();
    const scaled = isScaled ? graph.op('Mul', value, vector(transformer, 'scale_', width, graph)) : value;
    return isCentred ? graph.op('Add', scaled, vector(transformer, 'center_', width, graph)) : scaled;
  },
  MinMaxScaler: (transformer, value, width, graph) =>
    graph.op(
      'Div',
      graph.op('Sub', value, vector(transformer, 'min_', width, graph)),
      vector(transformer, 'scale_', width, graph),
    ),
  MaxAbsScaler: (transformer, value, width, graph) =>
    graph.op('Mul', value, vector(transformer, 'scale_', width, graph)),
  PowerTransformer: (transformer, value, width, graph) => {
    const isScaled = transformer.get('standardize').boolean();
    const plain = isScaled ? inverted(transformer.get('_scaler'), value, width, graph) : value;
    return invertedPower(transformer, plain, width, graph);
  },
  QuantileTransformer: invertedQuantiles,
  FunctionTransformer: invertedFunction,
};

/**
 * What the transformer's `inverse_transform` makes of predictions.
 *
 * @throws GatewayError UNSUPPORTED_MODEL that names a transformer whose inverse is not known.
 */
export function inverted(
  transformer: Stored,
  value: GraphValue,
  width: number,
  graph: GraphBuilder,
  depth = 0,
): GraphValue {
  const name = transformer.className ?? '';
  if (name === 'Pipeline' && depth < MAX_DEPTH) {
    return stepsOf(transformer).reduceRight(
      (step, part) => inverted(part, step, width, graph, depth + 1),
      value,
    );
  }
  const isKnown = transformer.typeName?.startsWith('sklearn.') === true && Object.hasOwn(INVERSES, name);
  if (isKnown) return (INVERSES[name] as Inverse)(transformer, value, width, graph);
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${transformer.label} transforms the target, and its inverse is not converted; ${EXPORT_INSTEAD}`,
  );
}

function invertedFunction(
  transformer: Stored,
  value: GraphValue,
  _width: number,
  graph: GraphBuilder,
): GraphValue {
  const inverse = transformer.find('inverse_func');
  if (inverse === null) return value;
  const name = inverse.typeName;
  const known = name === null || inverse.isObject ? undefined : numpyFunction(name);
  const keywords = transformer.find('inv_kw_args')?.entries().length ?? 0;
  if (known !== undefined && keywords === 0) return known.apply(graph, value);
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${inverse.path} is ${name ?? inverse.label}${keywords > 0 ? ' with arguments of its own (inv_kw_args)' : ''}, and functions are never executed; ${EXPORT_INSTEAD}`,
  );
}

function vector(transformer: Stored, attribute: string, width: number, graph: GraphBuilder): GraphValue {
  return graph.reals(transformer.get(attribute).numbersOfShape(width).values);
}
