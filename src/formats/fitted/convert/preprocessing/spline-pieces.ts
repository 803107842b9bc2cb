import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';

/** Several splines over the same knots, as polynomials between each two of them. */
export interface SplinePieces {
  /** Where each piece begins, increasing: a polynomial is of the distance from there. */
  readonly starts: Float64Array;
  /** Where the last piece ends. */
  readonly end: number;
  /** For each power from 0 on, `[pieces, splines]`. */
  readonly coefficients: readonly Float64Array[];
  readonly splines: number;
}

/** Beyond it the polynomials lose too many digits, and nobody wants them. */
const MAX_DEGREE = 8;
const MAX_COEFFICIENTS = 5_000_000;

/** The pieces of a `scipy.interpolate.BSpline`. @throws GatewayError INVALID_MODEL or UNSUPPORTED_MODEL. */
export function splinePieces(stored: Stored): SplinePieces {
  const degree = stored.get('k').integer();
  const knots = (stored.find('_t') ?? stored.get('t')).numbersOfShape(-1).values;
  const count = knots.length - degree - 1;
  if (degree < 1 || degree > MAX_DEGREE)
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${stored.path} is of degree ${degree}; 1 to ${MAX_DEGREE} are served`,
    );
  const weights = (stored.find('_c') ?? stored.get('c')).numbersOfShape(count, -1);
  const isRising = knots.every(
    (knot, at) => Number.isFinite(knot) && (at === 0 || knot >= (knots[at - 1] as number)),
  );
  if (count <= degree || !isRising)
    throw new GatewayError('INVALID_MODEL', `${stored.path} has no rising knots`);
  const splines = weights.shape[1] as number;
  if (count * splines * (degree + 1) > MAX_COEFFICIENTS)
    throw new GatewayError('UNSUPPORTED_MODEL', `${stored.path} has too many knots`);
  const pieces: number[] = [];
  for (let at = degree; at < count; at += 1)
    if ((knots[at + 1] as number) > (knots[at] as number)) pieces.push(at);
  if (pieces.length === 0) throw new GatewayError('UNSUPPORTED_MODEL', `${stored.path} has one knot only`);
  const coefficients = Array.from({ length: degree + 1 }, () => new Float64Array(pieces.length * splines));
  for (const [row, piece] of pieces.entries()) {
    for (const [place, polynomial] of basisOf(knots, degree, piece).entries()) {
      const from = (piece - degree + place) * splines;
      for (const [power, factor] of polynomial.entries()) {
        const target = coefficients[power] as Float64Array;
        for (let column = 0; column < splines; column += 1) {
          const cell = row * splines + column;
          target[cell] = (target[cell] as number) + factor * (weights.values[from + column] as number);
        }
      }
    }
  }
  const starts = Float64Array.from(pieces, (piece) => knots[piece] as number);
  return { starts, end: knots[count] as number, coefficients, splines };
}

/**
 * The `degree + 1` basis functions that are not zero in the piece that begins at `knots[piece]`, as polynomials of the
 * distance from there (Cox and de Boor's recursion).
 */
function basisOf(knots: Float64Array, degree: number, piece: number): number[][] {
  const origin = knots[piece] as number;
  const knot = (at: number) => (knots[at] as number) - origin;
  let basis: number[][] = [[1]];
  for (let power = 1; power <= degree; power += 1) {
    const next = Array.from({ length: power + 1 }, () => new Array<number>(power + 1).fill(0));
    for (const [place, polynomial] of basis.entries()) {
      const left = piece - power + 1 + place;
      const width = knot(left + power) - knot(left);
      // (end − u) / width to the function before, (u − start) / width to the one after.
      for (const [at, factor] of polynomial.entries()) {
        const share = factor / width;
        add(next[place], at, knot(left + power) * share);
        add(next[place], at + 1, -share);
        add(next[place + 1], at, -knot(left) * share);
        add(next[place + 1], at + 1, share);
      }
    }
    basis = next;
  }
  return basis;
}

function add(polynomial: number[] | undefined, power: number, value: number): void {
  if (polynomial !== undefined) polynomial[power] = (polynomial[power] ?? 0) + value;
}
