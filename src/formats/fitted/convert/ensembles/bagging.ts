import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { classCount, classesOf } from '../classes.ts';
import type { Converter, Scope } from '../converter.ts';
import type { Features } from '../features.ts';
import type { Classification, Prediction } from '../prediction.ts';
import { firstMaximum } from '../scores.ts';
import { columnsOf, type FittedTree, onColumns } from '../trees/fitted-tree.ts';
import { checkOutputs, readProbabilities } from '../trees/leaf-probabilities.ts';
import { leafSums } from '../trees/leaf-sums.ts';
import { checkTargets, readTargets } from '../trees/leaf-targets.ts';
import { treeTakesNaN } from '../trees/nan-rules.ts';
import { classPositions, numberedClasses } from './class-positions.ts';
import { areTrees } from './member-trees.ts';

/** The mean of the members' probabilities, or of their votes if they have none. Each gets its own columns. */
export const baggingClassifier: Converter = {
  predict(estimator, features, scope) {
    const { graph } = scope;
    const classes = classesOf(estimator.get('classes_'));
    const count = classCount(classes);
    const members = membersOf(estimator, features);
    const divisor = graph.real(estimator.get('n_estimators').integer());
    const predictions = areTrees(members.map(({ stored }) => stored))
      ? null
      : members.map(({ stored, columns }) =>
          classifierOf(stored, scope.predict(stored, features.select([...columns]))),
        );
    const sum =
      predictions === null
        ? addedLeaves(members, features, scope, count)
        : added(
            graph,
            predictions.map((prediction, at) =>
              scoresOf(graph, prediction, (members[at] as Member).stored, count),
            ),
          );
    const probabilities = graph.op('Div', sum, divisor);
    const decisions = predictions?.map(({ classes: own, decision }) =>
      classCount(own) === count ? decision : null,
    ) ?? [null];
    const known = decisions.filter((decision) => decision !== null);
    const decision = known.length === decisions.length ? graph.op('Div', added(graph, known), divisor) : null;
    return {
      kind: 'classifier',
      classes,
      index: firstMaximum(graph, probabilities),
      probabilities,
      decision,
    };
  },
};

/** The mean of the members' predictions. */
export const baggingRegressor: Converter = {
  predict(estimator, features, scope) {
    const { graph } = scope;
    const members = membersOf(estimator, features);
    const divisor = graph.real(estimator.get('n_estimators').integer());
    if (areTrees(members.map(({ stored }) => stored))) {
      const trees = treesOf(members, features, scope);
      const targets = checkTargets(trees);
      const sum = leafSums(graph, features.matrix(), trees, { width: targets, read: readTargets });
      return { kind: 'regressor', values: graph.op('Div', sum, divisor), targets };
    }
    const predictions = members.map(({ stored, columns }) => {
      const prediction = scope.predict(stored, features.select([...columns]));
      if (prediction.kind === 'regressor') return prediction;
      throw new GatewayError('INVALID_MODEL', `${stored.label} is no regressor`);
    });
    const targets = predictions[0]?.targets ?? 1;
    if (predictions.some((prediction) => prediction.targets !== targets))
      throw new GatewayError(
        'INVALID_MODEL',
        `the members of ${estimator.label} have different numbers of targets`,
      );
    const sum = added(
      graph,
      predictions.map(({ values }) => values),
    );
    return { kind: 'regressor', values: graph.op('Div', sum, divisor), targets };
  },
};

interface Member {
  readonly stored: Stored;
  readonly columns: Int32Array;
}

function membersOf(estimator: Stored, features: Features): Member[] {
  const members = estimator.get('estimators_').items();
  const columns = estimator.get('estimators_features_').items();
  if (members.length === 0 || members.length !== columns.length) {
    throw new GatewayError(
      'INVALID_MODEL',
      `${estimator.label} has ${members.length} members and ${columns.length} sets of columns`,
    );
  }
  return members.map((stored, at) => ({ stored, columns: columnsOf(columns[at] as Stored, features.width) }));
}

function treesOf(members: readonly Member[], features: Features, scope: Scope): FittedTree[] {
  return members.map(({ stored, columns }) => {
    const tree = onColumns(stored, columns);
    if (!treeTakesNaN(stored, tree)) scope.refuseNaN(features.select([...columns]));
    return tree;
  });
}

function addedLeaves(
  members: readonly Member[],
  features: Features,
  scope: Scope,
  count: number,
): GraphValue {
  const trees = treesOf(members, features, scope);
  const places = new Map(
    members.map(({ stored }, at) => {
      const own = classesOf(stored.get('classes_'));
      checkOutputs([trees[at] as FittedTree], [own], stored);
      return [trees[at] as FittedTree, classPositions(own, numberedClasses(count), stored)] as const;
    }),
  );
  return leafSums(scope.graph, features.matrix(), trees, {
    width: count,
    read: (tree, node, row) => {
      const own = places.get(tree) as number[];
      const probabilities = new Float64Array(own.length);
      readProbabilities(tree, node, [own.length], probabilities);
      row.fill(0);
      for (const [at, place] of own.entries()) row[place] = probabilities[at] as number;
    },
  });
}

function classifierOf(stored: Stored, prediction: Prediction): Classification {
  if (prediction.kind === 'classifier') return prediction;
  throw new GatewayError('INVALID_MODEL', `${stored.label} is no classifier`);
}

/** `[rows, count]`: probabilities, or 1 for the class that is voted for. */
function scoresOf(
  graph: GraphBuilder,
  prediction: Classification,
  stored: Stored,
  count: number,
): GraphValue {
  const places = classPositions(prediction.classes, numberedClasses(count), stored);
  const spread = new Float64Array(places.length * count);
  for (const [at, place] of places.entries()) spread[at * count + place] = 1;
  const table = graph.reals(spread, [places.length, count]);
  const { probabilities, index } = prediction;
  if (probabilities === null) return graph.op('Gather', table, index);
  return places.length === count ? probabilities : graph.op('MatMul', probabilities, table);
}

function added(graph: GraphBuilder, values: readonly GraphValue[]): GraphValue {
  return values.reduce((sum, value) => graph.op('Add', sum, value));
}
