import type { GraphBuilder, GraphValue } from '../graph/graph-builder.ts';
import type { Stored } from '../values/stored.ts';
import type { EstimatorInputs } from './estimator-inputs.ts';
import type { FeatureColumn, Features } from './features.ts';
import type { Prediction } from './prediction.ts';

/** What a converter works with, besides its estimator. */
export interface Scope {
  readonly graph: GraphBuilder;

  /** Adds the nodes of another estimator's `predict`. @throws GatewayError that names it, if it has none. */
  predict(estimator: Stored, features: Features): Prediction;

  /** Adds the nodes of another estimator's `transform`. @throws GatewayError that names it, if it has none. */
  transform(estimator: Stored, features: Features): Features;

  /** Whether the estimator has a `predict`; else it only transforms. */
  canPredict(estimator: Stored): boolean;

  /** The estimator refuses NaN, as scikit-learn does: columns of the request that it could come from refuse it, and the run fails where a step makes it. */
  refuseNaN(features: Features): void;

  /**
   * The estimator refuses all values of this column but these and missing ones: so does the request's column, if its
   * values are still here.
   */
  refuseOthers(column: FeatureColumn, known: readonly (string | number)[]): void;

  /**
   * The run fails where the condition (bool, `[rows, any]`) holds of any row, as scikit-learn raises: for what cannot be
   * told of the request beforehand.
   *
   * @param reason what the client is told: which estimator takes what.
   */
  failWhere(condition: GraphValue, reason: string): void;

  /**
   * This very estimator cannot keep the tolerance of its class.
   *
   * @param tolerance largest |Δ| / (1 + |y|) that is to be expected.
   * @param why a sentence for the operator.
   */
  loosen(tolerance: number, why: string): void;

  /** A sentence for the operator. */
  note(sentence: string): void;
}

/** Positions of the columns that an estimator can only take as texts, by what it learnt of them. */
export type TextColumns = (estimator: Stored) => ReadonlySet<number>;

/** How one class of estimators becomes nodes of a graph. Follows named attributes only: a state may be cyclic. */
export interface Converter {
  readonly predict?: (estimator: Stored, features: Features, scope: Scope) => Prediction;
  readonly transform?: (estimator: Stored, features: Features, scope: Scope) => Features;
  /**
   * Whether this very estimator predicts, where that depends on its parts (`ask` tells it of one); left out: whether
   * there is `predict`.
   */
  readonly canPredict?: (estimator: Stored, ask: (part: Stored) => boolean) => boolean;
  /**
   * Which of its columns are texts, where no signature says it (`ask` tells it of a part); left out: those of the part
   * that sees the data first.
   */
  readonly textColumns?: (estimator: Stored, ask: TextColumns) => ReadonlySet<number>;
  /** The columns it was trained on, where they do not stand in `n_features_in_` and `feature_names_in_`. */
  readonly inputs?: (estimator: Stored) => EstimatorInputs;
  /** As the family's, where this class cannot keep that. */
  readonly tolerance?: number;
  /** Parameters and uses that are refused, for the table of estimators; none if left out. */
  readonly limits?: string;
}

/** Estimators of one kind: the unit in which the table of estimators states what to expect. */
export interface Family {
  readonly name: string;
  /** Largest |Δ| / (1 + |y|) from the library's own answer, in double precision. */
  readonly tolerance: number;
  /** Class name, without its module, → converter. */
  readonly converters: Readonly<Record<string, Converter>>;
  /** First part of the module that the classes are of. */
  readonly library: 'sklearn' | 'xgboost' | 'lightgbm';
}
