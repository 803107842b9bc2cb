import type { TensorSpec } from '../../model/tensor.ts';

/** How the names of a signature and those of the graph's inputs go together. */
export type NameMatch =
  | {
      /** Every input gets exactly one name. */
      readonly kind: 'all';
      /** For each name the index of its input; `null` where none does. */
      readonly inputs: readonly (number | null)[];
    }
  | {
      /** Some inputs get a name and others none, so that nothing can be said by position either. */
      readonly kind: 'some';
      readonly unmatched: readonly string[];
    }
  | { readonly kind: 'none' };

/**
 * Names count as equal if they differ only in characters that skl2onnx replaces (`fare paid` becomes `fare_paid`), as
 * long as that leaves no doubt.
 */
export function matchByName(names: readonly (string | null)[], inputs: readonly TensorSpec[]): NameMatch {
  const exact = match(names, inputs, (name) => name);
  return exact.kind === 'all' ? exact : match(names, inputs, simplified);
}

function match(
  names: readonly (string | null)[],
  inputs: readonly TensorSpec[],
  key: (name: string) => string,
): NameMatch {
  const positions = new Map(inputs.map((input, position) => [key(input.name), position]));
  const found = names.map((name) => (name === null ? null : (positions.get(key(name)) ?? null)));
  const used = new Set(found.filter((position) => position !== null));
  if (used.size === 0) return { kind: 'none' };
  const isOneToOne =
    positions.size === inputs.length && used.size === found.filter((one) => one !== null).length;
  if (isOneToOne && used.size === inputs.length) return { kind: 'all', inputs: found };
  const unmatched = inputs.filter((_, position) => !used.has(position)).map((input) => input.name);
  return { kind: 'some', unmatched };
}

function simplified(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, '_').toLowerCase();
}
