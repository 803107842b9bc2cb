import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import { classCount, classesOf } from '../classes.ts';
import { constantIndex, constantRows } from '../constant-rows.ts';
import type { Converter, Scope } from '../converter.ts';
import type { Features } from '../features.ts';
import type { Classes, Classification } from '../prediction.ts';
import { labelPosition } from './label-position.ts';

/** The same label and probabilities for every row, of one target or several. */
export const dummyClassifier: Converter = {
  predict(estimator, features, scope) {
    const strategy = estimator.get(estimator.has('_strategy') ? '_strategy' : 'strategy').text();
    if (strategy === 'stratified' || strategy === 'uniform') {
      throw new GatewayError(
        'UNSUPPORTED_MODEL',
        `${estimator.label} has strategy="${strategy}", with which it draws its labels at random`,
      );
    }
    if (estimator.find('sparse_output_')?.boolean() === true)
      throw new GatewayError('UNSUPPORTED_MODEL', `${estimator.label} was fitted on a sparse target`);
    const count = estimator.get('n_outputs_').integer();
    const [classes, priors] = [estimator.get('classes_'), estimator.get('class_prior_')];
    const constant = strategy === 'constant' ? estimator.get('constant') : null;
    if (count === 1) {
      const only = constant?.isList === true ? (constant.items()[0] as Stored) : constant;
      return constantly(classesOf(classes), priors, strategy, only, features, scope);
    }
    const outputs = classes.items().map((own, at) => {
      const value = constant === null ? null : (constant.items()[at] ?? constant);
      const prior = priors.items()[at] ?? priors;
      return constantly(classesOf(own), prior, strategy, value, features, scope);
    });
    return { kind: 'multi-output', outputs };
  },
  limits: 'strategies that draw at random (stratified, uniform)',
};

function constantly(
  classes: Classes,
  prior: Stored,
  strategy: string,
  constant: Stored | null,
  features: Features,
  scope: Scope,
): Classification {
  const count = classCount(classes);
  const { values } = prior.numbersOfShape(count);
  const place = constant === null ? values.indexOf(Math.max(...values)) : labelPosition(classes, constant);
  const certain = Array.from({ length: count }, (_, at) => (at === place ? 1 : 0));
  const row = scope.graph.reals(strategy === 'prior' ? values : certain);
  return {
    kind: 'classifier',
    classes,
    index: constantIndex(scope.graph, features, place),
    probabilities: constantRows(scope.graph, features, row, count),
    decision: null,
  };
}
