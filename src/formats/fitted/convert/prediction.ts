import type { GraphValue } from '../graph/graph-builder.ts';

/** The labels that a classifier tells apart, in the order of its scores. They keep the type that they were trained with. */
export type Classes =
  | { readonly type: 'int64'; readonly values: readonly bigint[] }
  | { readonly type: 'string'; readonly values: readonly string[] }
  | { readonly type: 'bool'; readonly values: readonly boolean[] }
  | { readonly type: 'double'; readonly values: readonly number[] };

/** What a classifier says of each row. Labels are positions in `classes` until the very end. */
export interface Classification {
  readonly kind: 'classifier';
  readonly classes: Classes;
  /** `[rows]`, int64. */
  readonly index: GraphValue;
  /** `[rows, classes]` as `predict_proba`; `null` if it has none. */
  readonly probabilities: GraphValue | null;
  /** As `decision_function`: `[rows, 1]` for two classes, else `[rows, classes]`; `null` if it has none. */
  readonly decision: GraphValue | null;
}

/** Numbers, as `predict` of a regressor. */
export interface Regression {
  readonly kind: 'regressor';
  /** `[rows, targets]`. */
  readonly values: GraphValue;
  readonly targets: number;
}

/** A classifier with several targets. */
export interface MultiClassification {
  readonly kind: 'multi-output';
  readonly outputs: readonly Classification[];
}

/** A classifier that says of each of several labels whether it holds. */
export interface MultiLabel {
  readonly kind: 'multi-label';
  readonly labels: number;
  /** `[rows, labels]`, int64 of 0 and 1. */
  readonly indicators: GraphValue;
  /** `[rows, labels]`; `null` if it has none. */
  readonly probabilities: GraphValue | null;
}

/** Says of each row whether it is an outlier (−1) or not (1). */
export interface OutlierDetection {
  readonly kind: 'outliers';
  /** `[rows]`, int64. */
  readonly label: GraphValue;
  /** `[rows, 1]` as `decision_function`. */
  readonly decision: GraphValue;
}

/** The cluster of each row. */
export interface Clustering {
  readonly kind: 'clusters';
  /** `[rows]`, int64. */
  readonly index: GraphValue;
  /** `[rows, clusters]`: distances (as `transform`) or probabilities; `null` if it has none. */
  readonly scores: GraphValue | null;
  readonly clusters: number;
  readonly scoreName: 'scores' | 'probabilities';
}

/** What a converted estimator answers. */
export type Prediction =
  | Classification
  | Regression
  | MultiClassification
  | MultiLabel
  | OutlierDetection
  | Clustering;
