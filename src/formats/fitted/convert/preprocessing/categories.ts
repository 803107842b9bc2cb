import { GatewayError } from '../../../../errors.ts';
import { MISSING_TEXT } from '../../../../model/missing-text.ts';
import type { Stored } from '../../values/stored.ts';

/** The values of one column that an encoder knows, each as it stands in a tensor. */
export type Categories = { readonly path: string; readonly missing: MissingCategory | null } & (
  | { readonly kind: 'text'; readonly values: readonly string[] }
  | { readonly kind: 'number'; readonly values: readonly number[] }
);

/** The category of rows without a value. */
export interface MissingCategory {
  readonly position: number;
  /** scikit-learn tells None from NaN; a request has only `null`, which is whichever of them the encoder knows. */
  readonly isNaN: boolean;
}

type Scalar = ReturnType<Stored['scalars']>[number];

/**
 * One array of `categories_`. Booleans are 0 and 1, as everywhere in a graph.
 *
 * @throws GatewayError INVALID_MODEL or UNSUPPORTED_MODEL if they are of several types, or not all different.
 */
export function categoriesOf(stored: Stored): Categories {
  const { path } = stored;
  const scalars = stored.scalars();
  if (scalars.length === 0) throw new GatewayError('INVALID_MODEL', `${path} is empty`);
  const missing = missingCategory(scalars, path);
  const present = scalars.filter((value) => !isMissing(value));
  if (present.length > 0 && present.every((value) => typeof value === 'string')) {
    const values = scalars.map((value) => (typeof value === 'string' ? value : MISSING_TEXT));
    return { path, missing, kind: 'text', values: allDifferent(values, path) };
  }
  if (present.every((value) => typeof value === 'number' || typeof value === 'boolean')) {
    const values = scalars.map((value) => (isMissing(value) ? Number.NaN : Number(value)));
    return { path, missing, kind: 'number', values: allDifferent(values, path) };
  }
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${path} holds categories of several types, or integers that are too large for a double; make them texts before the model is fitted`,
  );
}

function missingCategory(scalars: readonly Scalar[], path: string): MissingCategory | null {
  const positions = [...scalars.keys()].filter((at) => isMissing(scalars[at] as Scalar));
  const [position] = positions;
  if (position === undefined) return null;
  if (positions.length === 1) return { position, isNaN: scalars[position] !== null };
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${path} holds both None and NaN as categories, which a request cannot tell apart: null is the only word for either`,
  );
}

function isMissing(value: Scalar): boolean {
  return value === null || Number.isNaN(value);
}

function allDifferent<T>(values: readonly T[], path: string): readonly T[] {
  if (new Set(values).size === values.length) return values;
  throw new GatewayError('INVALID_MODEL', `${path} holds a category twice`);
}
