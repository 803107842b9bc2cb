import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter } from '../converter.ts';
import { EXPORT_INSTEAD } from '../export-instead.ts';
import { Features } from '../features.ts';
import { numpyFunction } from './numpy-function.ts';

/** Without a function: what comes goes. With one of numpy's that is known here: its value of each number. */
export const functionTransformer: Converter = {
  limits: 'functions other than numpy’s plain ones (log1p, sqrt, abs …)',
  transform(estimator, features, scope) {
    if (estimator.find('validate')?.boolean() ?? false) scope.refuseNaN(features);
    const func = estimator.find('func');
    if (func === null) return features;
    const known = functionOf(estimator, func);
    const { graph } = scope;
    const x = features.matrix();
    const value = known.apply(graph, x);
    // Every later step of scikit-learn refuses what is infinite, and JSON has no word for it.
    if (known.makesInfinity)
      scope.failWhere(
        graph.op('IsInf', value),
        `${estimator.label} makes an infinite number of a value of this row`,
      );
    const mapped = features.mapped(value).rounded();
    if (!known.makesNaN) return mapped;
    return new Features(
      graph,
      mapped.blocks.map((block) => ({
        ...block,
        columns: block.columns.map((column) => ({ ...column, madeNaN: true as const })),
      })),
    );
  },
};

function functionOf(estimator: Stored, func: Stored) {
  const name = func.typeName;
  const known = name === null || func.isObject ? undefined : numpyFunction(name);
  const options = estimator.find('kw_args')?.entries().length ?? 0;
  if (known !== undefined && options === 0) return known;
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    options > 0
      ? `${estimator.label} calls ${name ?? func.label} with arguments of its own (kw_args); ${EXPORT_INSTEAD}`
      : `${estimator.label} calls a function (${name ?? func.label}), and functions are never executed; ${EXPORT_INSTEAD}`,
  );
}
