import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter, Scope, TextColumns } from '../converter.ts';
import { Features } from '../features.ts';
import { columnsOfBranch } from './branch-columns.ts';
import { weighted } from './weighted.ts';

/** One transformer and the columns that it gets. */
interface Branch {
  readonly name: string;
  readonly transformer: Stored;
  readonly columns: readonly number[];
}

/** Each transformer on its own columns; their results side by side, in the order of `transformers_`. */
export const columnTransformer: Converter = {
  textColumns: textColumnsOf,
  transform(estimator, features, scope) {
    const parts = branchesOf(estimator, features.width).map((branch) =>
      outputOf(branch, estimator, features, scope),
    );
    return Features.beside(scope.graph, parts);
  },
};

/** Without those that are dropped, or have no columns. */
function branchesOf(estimator: Stored, width: number | null): Branch[] {
  return estimator
    .get('transformers_')
    .items()
    .map((entry) => {
      const [name, transformer, columns] = entry.items();
      if (name === undefined || transformer === undefined || columns === undefined)
        throw new GatewayError('INVALID_MODEL', `${entry.path} is no transformer with its columns`);
      return { name: name.text(), transformer, stored: columns };
    })
    .filter(({ transformer }) => transformer.value !== 'drop')
    .map(({ name, transformer, stored }) => ({
      name,
      transformer,
      columns: columnsOfBranch(estimator, name, stored, width),
    }))
    .filter(({ columns }) => columns.length > 0);
}

function outputOf(
  { name, transformer, columns }: Branch,
  estimator: Stored,
  features: Features,
  scope: Scope,
): Features {
  const own = features.select(columns);
  const result = transformer.value === 'passthrough' ? own : scope.transform(transformer, own);
  return weighted(estimator, name, result, scope);
}

function textColumnsOf(estimator: Stored, ask: TextColumns): ReadonlySet<number> {
  const found = branchesOf(estimator, null)
    .filter(({ transformer }) => transformer.value !== 'passthrough')
    .flatMap(({ transformer, columns }) => [...ask(transformer)].map((at) => columns[at]));
  return new Set(found.filter((column) => column !== undefined));
}
