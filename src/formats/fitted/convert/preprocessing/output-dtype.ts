import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import type { Scope } from '../converter.ts';
import { dtypeName } from '../dtype-name.ts';

const EXACT: ReadonlySet<string> = new Set(['f8', 'i8', 'i4']);
/** What some steps in single precision differ from the same in double precision. */
const SINGLE = 1e-5;

/**
 * The parameter `dtype` of a transformer whose results are small integers: they are the same in every type that is wide
 * enough, but scikit-learn's later steps calculate in single precision if all of their columns are of it.
 *
 * @throws GatewayError UNSUPPORTED_MODEL for narrow types.
 */
export function honourDtype(estimator: Stored, scope: Scope): void {
  const parameter = estimator.find('dtype');
  if (parameter === null) return;
  const name = dtypeName(parameter);
  if (EXACT.has(name)) return;
  if (name === 'f4') {
    scope.loosen(
      SINGLE,
      `${estimator.label} has dtype=float32: steps after it calculated in single precision at training, and do not here`,
    );
    return;
  }
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${parameter.path} is ${name}; float64, float32, int64 and int32 are served`,
  );
}
