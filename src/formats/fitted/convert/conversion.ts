import { GatewayError } from '../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../graph/graph-builder.ts';
import type { Stored } from '../values/stored.ts';
import type { Converter, Scope } from './converter.ts';
import { converterOf } from './converters.ts';
import { EstimatorTree } from './estimator-tree.ts';
import type { Refusal } from './failing-where.ts';
import type { FeatureColumn, Features } from './features.ts';
import type { Prediction } from './prediction.ts';

/** A state that holds itself would never end; honest models are a few levels deep. */
const MAX_DEPTH = 50;
/** Parts that share a state can be more than there are bytes in the file; the largest honest ensembles have thousands. */
const MAX_ESTIMATORS = 100_000;

/** One model becoming one graph: finds the converter of each estimator, and keeps what they find out. */
export class Conversion implements Scope {
  readonly graph: GraphBuilder;
  readonly notes: string[] = [];
  readonly tree = new EstimatorTree();
  /** Largest |Δ| / (1 + |y|) that the estimators met so far allow. */
  tolerance = 0;
  /** Columns of the request in which scikit-learn would refuse NaN. */
  readonly #refusingNaN = new Set<number>();
  readonly #knownValues = new Map<number, readonly (string | number)[]>();
  /** Names of the values in which a NaN fails the run. */
  readonly #checkedForNaN = new Set<string>();
  /** What fails a run. */
  readonly refusals: Refusal[] = [];
  /** A look-up in the graph fails for values that cannot be told of the request. */
  #refusesInGraph = false;
  #depth = 0;
  #estimators = 0;

  constructor(graph: GraphBuilder) {
    this.graph = graph;
  }

  predict(estimator: Stored, features: Features): Prediction {
    return this.#with(estimator, ({ predict }) => {
      if (predict === undefined) throw lacking(estimator, 'predict');
      return predict(estimator, features, this);
    });
  }

  transform(estimator: Stored, features: Features): Features {
    return this.#with(estimator, ({ transform }) => {
      if (transform === undefined) throw lacking(estimator, 'transform');
      return transform(estimator, features, this);
    });
  }

  canPredict(estimator: Stored): boolean {
    return this.#deeper(() => {
      const { predict, canPredict } = converterOf(estimator);
      return canPredict === undefined
        ? predict !== undefined
        : canPredict(estimator, (part) => this.canPredict(part));
    });
  }

  refuseNaN(features: Features): void {
    for (const column of features.nanFrom) this.#refusingNaN.add(column);
    for (const { value, kind, columns } of features.blocks) {
      if (kind !== 'number' || !columns.some(({ madeNaN }) => madeNaN) || this.#checkedForNaN.has(value.name))
        continue;
      this.#checkedForNaN.add(value.name);
      this.failWhere(
        this.graph.op('IsNaN', value),
        'a step of the model makes no number of a value of this row',
      );
    }
  }

  refuseOthers({ valuesOf }: FeatureColumn, known: readonly (string | number)[]): void {
    if (valuesOf === null) {
      this.#refusesInGraph = true;
      return;
    }
    const before = this.#knownValues.get(valuesOf);
    const allowed = new Set(known);
    const both = before === undefined ? known : before.filter((value) => allowed.has(value));
    this.#knownValues.set(valuesOf, both);
  }

  /** Whether a run may fail for the values of a row. */
  get refusesValues(): boolean {
    return this.#refusesInGraph || this.refusals.length > 0;
  }

  /** The only values that a column of the request may have besides missing ones; `null`: any. */
  knownValues(column: number): readonly (string | number)[] | null {
    return this.#knownValues.get(column) ?? null;
  }

  failWhere(condition: GraphValue, reason: string): void {
    this.refusals.push({ condition, reason });
  }

  takesNaN(column: number): boolean {
    return !this.#refusingNaN.has(column);
  }

  loosen(tolerance: number, why: string): void {
    this.tolerance = Math.max(this.tolerance, tolerance);
    this.note(why);
  }

  note(sentence: string): void {
    if (!this.notes.includes(sentence)) this.notes.push(sentence);
  }

  #with<T>(estimator: Stored, convert: (converter: Converter) => T): T {
    const converter = converterOf(estimator);
    this.tolerance = Math.max(this.tolerance, converter.tolerance);
    return this.#deeper(() => this.tree.within(estimator.className ?? '', () => convert(converter)));
  }

  #deeper<T>(work: () => T): T {
    this.#depth += 1;
    this.#estimators += 1;
    const isTooDeep = this.#depth > MAX_DEPTH;
    if (isTooDeep || this.#estimators > MAX_ESTIMATORS) {
      throw new GatewayError(
        'INVALID_MODEL',
        isTooDeep
          ? `estimators hold one another more than ${MAX_DEPTH} levels deep`
          : `the model has more than ${MAX_ESTIMATORS} estimators`,
      );
    }
    try {
      return work();
    } finally {
      this.#depth -= 1;
    }
  }
}

function lacking(estimator: Stored, method: string): GatewayError {
  return new GatewayError(
    'UNSUPPORTED_MODEL',
    `${estimator.label} is used where ${method} is called, and that is not converted for this class`,
  );
}
