import type { InvocationsForm } from '../../model/invocations-form.ts';
import type { MlModel } from '../../model/ml-model.ts';
import type { Signature, Task } from '../../model/signature.ts';
import { isFloating, type TensorSpec, type TensorType } from '../../model/tensor.ts';

type Kind = 'integers' | 'numbers with a fraction' | 'texts' | 'booleans';

/**
 * What the MLmodel's signature says of the answer, against what the converted graph gives: the library itself wrote the
 * former down when the model was logged.
 *
 * @returns a sentence for the operator if they contradict each other; `null` if they agree, or nothing is said.
 */
export function contradictionOf(
  declared: MlModel['outputs'],
  signature: Signature,
  form: InvocationsForm,
): string | null {
  const said = new Set(
    (declared ?? []).map((spec) => kindOfName(spec.kind === 'tensor' ? spec.dtype : spec.type)),
  );
  const given = new Set(answersOf(signature, form).map(({ type }) => kindOf(type)));
  const [wanted] = said;
  const [actual] = given;
  if (said.size !== 1 || given.size !== 1 || wanted === undefined || wanted === null || wanted === actual)
    return null;
  return `the signature says that the model answers ${wanted}, and the converted graph answers ${actual}: was it logged with the answers of another method than /invocations gives?`;
}

function answersOf({ outputs, task }: Signature, form: InvocationsForm): readonly TensorSpec[] {
  if (typeof form === 'object') return outputs.filter(({ name }) => name === form.output);
  return indicesOf(task).flatMap((index) => outputs[index] ?? []);
}

function indicesOf(task: Task): readonly number[] {
  switch (task.kind) {
    case 'classifier':
      return [task.labelOutput];
    case 'multi-label':
      return task.labelOutputs;
    case 'regressor':
      return [task.output];
    case 'other':
      return [];
  }
}

function kindOf(type: TensorType): Kind {
  if (type === 'string') return 'texts';
  if (type === 'bool') return 'booleans';
  return isFloating(type) ? 'numbers with a fraction' : 'integers';
}

/** `null` for a type that says nothing: numpy's `object` may hold anything. */
function kindOfName(name: string): Kind | null {
  if (/^(double|float|float\d+)$/.test(name)) return 'numbers with a fraction';
  if (/^(long|integer|u?int\d+)$/.test(name)) return 'integers';
  if (/^(string|str|unicode|[<>|=]?U\d+)$/.test(name)) return 'texts';
  return /^bool(ean)?$/.test(name) ? 'booleans' : null;
}
