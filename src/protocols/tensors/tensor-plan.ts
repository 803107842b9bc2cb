import { type PlannedColumn, planRows, type RowPlan } from '../../model/row-plan.ts';
import type { Signature } from '../../model/signature.ts';
import type { TensorSpec } from '../../model/tensor.ts';

/** An input of the graph with the columns of the signature that lie in it. */
export interface PlannedInput {
  /** Index into `Signature.inputs`. */
  readonly index: number;
  readonly spec: TensorSpec;
  readonly columns: readonly PlannedColumn[];
  /** Whether the model gives an answer for NaN in it. */
  readonly takesNaN: boolean;
}

/** A signature prepared for reading tensors. */
export interface TensorPlan {
  readonly signature: Signature;
  readonly inputs: readonly PlannedInput[];
  readonly inputsByName: ReadonlyMap<string, PlannedInput>;
  /** As `RowPlan.byName`. */
  readonly columnsByName: RowPlan['byName'];
}

const plans = new WeakMap<Signature, TensorPlan>();

/**
 * The plan of a signature; made once for each.
 *
 * @throws GatewayError INVALID_MODEL as `planRows`.
 */
export function planTensors(signature: Signature): TensorPlan {
  const known = plans.get(signature);
  if (known !== undefined) return known;
  const plan = makePlan(signature);
  plans.set(signature, plan);
  return plan;
}

function makePlan(signature: Signature): TensorPlan {
  const { columns, byName } = planRows(signature);
  const columnsOf: PlannedColumn[][] = signature.inputs.map(() => []);
  for (const planned of columns) columnsOf[planned.column.input]!.push(planned);
  const inputs = signature.inputs.map((spec, index) => {
    const own = columnsOf[index]!;
    return { index, spec, columns: own, takesNaN: own.some(({ takesNull }) => takesNull) };
  });
  const inputsByName = new Map(inputs.map((input) => [input.spec.name, input]));
  return { signature, inputs, inputsByName, columnsByName: byName };
}
