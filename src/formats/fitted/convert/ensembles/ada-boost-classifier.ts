import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { classCount, classesOf } from '../classes.ts';
import type { Converter, Scope } from '../converter.ts';
import type { Features } from '../features.ts';
import type { Classes } from '../prediction.ts';
import { firstMaximum, isPositive, softmax } from '../scores.ts';
import { sklearnRelease } from '../sklearn-version.ts';
import { fittedTree } from '../trees/fitted-tree.ts';
import { checkOutputs, largestAt, readProbabilities } from '../trees/leaf-probabilities.ts';
import { leafSums } from '../trees/leaf-sums.ts';
import { rowSum } from '../trees/row-sum.ts';
import { classPositions } from './class-positions.ts';
import { areTrees } from './member-trees.ts';

const EPSILON = 2 ** -52;

/** Σ of what each member says for and against each class, weighted; softmax of that. */
export const adaBoostClassifier: Converter = {
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const classes = classesOf(estimator.get('classes_'));
    const count = classCount(classes);
    if (count < 2)
      throw new GatewayError('UNSUPPORTED_MODEL', `${estimator.label} was trained on one class only`);
    const weights = estimator.get('estimator_weights_').numbersOfShape(-1).values;
    const sum = summed(estimator, features, scope, { classes, weights });
    const decision = graph.op('Div', sum, graph.real(rowSum(weights)));
    if (count > 2) {
      const probabilities = softmax(graph, graph.op('Div', decision, graph.real(count - 1)));
      return { kind: 'classifier', classes, index: firstMaximum(graph, decision), probabilities, decision };
    }
    const [against, inFavour] = graph.nodeOf('Split', [decision, graph.int64s([1, 1])], 2, {
      attributes: { axis: { integer: 1 } },
    }) as [GraphValue, GraphValue];
    const single = graph.op('Sub', inFavour, against);
    const both = graph.node('Concat', [graph.op('Neg', single), single], {
      attributes: { axis: { integer: 1 } },
    });
    const probabilities = softmax(graph, graph.op('Div', both, graph.real(2)));
    return { kind: 'classifier', classes, index: isPositive(graph, single), probabilities, decision: single };
  },
};

/** What the members' answers become. */
interface Rule {
  readonly classes: Classes;
  readonly weights: Float64Array;
  /** SAMME.R: probabilities count, and the weights are all 1. */
  readonly usesProbabilities: boolean;
  /** Share of a member's weight that the classes get that it does not vote for. */
  readonly others: number;
}

function summed(
  estimator: Stored,
  features: Features,
  scope: Scope,
  vote: Pick<Rule, 'classes' | 'weights'>,
): GraphValue {
  const members = estimator.get('estimators_').items();
  if (members.length === 0 || members.length > vote.weights.length)
    throw new GatewayError(
      'INVALID_MODEL',
      `${estimator.label} has ${members.length} members and ${vote.weights.length} weights`,
    );
  const rule: Rule = {
    ...vote,
    usesProbabilities: estimator.find('algorithm')?.text() === 'SAMME.R',
    // What is not voted for is voted against, since 1.3.1.
    others: sklearnRelease(estimator) < 3.01 ? 0 : -1 / (classCount(vote.classes) - 1),
  };
  return areTrees(members)
    ? summedLeaves(members, features, scope, rule)
    : members
        .map((member, at) => scoresOf(member, features, scope, { rule, weight: vote.weights[at] as number }))
        .reduce((sum, scores) => scope.graph.op('Add', sum, scores));
}

/** What a tree says depends on the leaf alone: it is written there. */
function summedLeaves(
  members: readonly Stored[],
  features: Features,
  { graph }: Scope,
  { classes, weights, usesProbabilities, others }: Rule,
): GraphValue {
  const count = classCount(classes);
  const known = new Map(
    members.map((member, at) => {
      const tree = fittedTree(member, features.width);
      const own = classesOf(member.get('classes_'));
      checkOutputs([tree], [own], member);
      const places = placesOf(own, classes, member, usesProbabilities);
      return [tree, { places, weight: weights[at] as number }] as const;
    }),
  );
  return leafSums(graph, features.matrix(), [...known.keys()], {
    width: count,
    read: (tree, node, row) => {
      if (usesProbabilities) {
        readProbabilities(tree, node, [count], row);
        centreLogarithms(row);
        return;
      }
      const { places, weight } = known.get(tree) as { places: number[]; weight: number };
      row.fill(others * weight);
      row[places[largestAt(tree, node, 0, places.length)] as number] = weight;
    },
  });
}

/** `[rows, classes]` of one member that is no tree. */
function scoresOf(
  member: Stored,
  features: Features,
  scope: Scope,
  { rule, weight }: { readonly rule: Rule; readonly weight: number },
): GraphValue {
  const { graph } = scope;
  const count = classCount(rule.classes);
  const prediction = scope.predict(member, features);
  if (prediction.kind !== 'classifier')
    throw new GatewayError('INVALID_MODEL', `${member.label} is no classifier`);
  const places = placesOf(prediction.classes, rule.classes, member, rule.usesProbabilities);
  if (!rule.usesProbabilities) {
    const table = new Float64Array(places.length * count).fill(rule.others * weight);
    for (const [at, place] of places.entries()) table[at * count + place] = weight;
    return graph.op('Gather', graph.reals(table, [places.length, count]), prediction.index);
  }
  if (prediction.probabilities !== null) return centredLogarithms(graph, prediction.probabilities, count);
  throw new GatewayError('INVALID_MODEL', `${member.label} has no probabilities, and SAMME.R needs them`);
}

/** @throws GatewayError INVALID_MODEL if a member whose probabilities are needed does not know every class. */
function placesOf(own: Classes, all: Classes, member: Stored, isComplete: boolean): number[] {
  const places = classPositions(own, all, member);
  if (!isComplete || (places.length === classCount(all) && places.every((place, at) => place === at)))
    return places;
  throw new GatewayError('INVALID_MODEL', `${member.label} does not know every class of its ensemble`);
}

/** (K − 1) · (ln p − mean ln p) of one leaf, in place. */
function centreLogarithms(row: Float64Array): void {
  for (let at = 0; at < row.length; at += 1) row[at] = Math.log(Math.max(row[at] as number, EPSILON));
  const shift = (1 / row.length) * rowSum(row);
  for (let at = 0; at < row.length; at += 1) row[at] = (row.length - 1) * ((row[at] as number) - shift);
}

function centredLogarithms(graph: GraphBuilder, probabilities: GraphValue, count: number): GraphValue {
  const logarithms = graph.op('Log', graph.op('Max', probabilities, graph.real(EPSILON)));
  const sum = graph.op('ReduceSum', logarithms, graph.int64s([1]));
  const centred = graph.op('Sub', logarithms, graph.op('Mul', sum, graph.real(1 / count)));
  return graph.op('Mul', centred, graph.real(count - 1));
}
