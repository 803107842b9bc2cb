import type { ServedModels } from '../lifecycle/served-models.ts';
import type { Signature } from '../model/signature.ts';

/** A model that serves, as far as a document tells of it. */
export interface DescribedModel {
  /** The name of its route. */
  readonly route: string;
  readonly version: string;
  readonly signature: Signature;
  /** A row that it takes, as it stands in a request; `null` if none can be made. */
  readonly exampleRow: unknown;
  /** Whether the routes without a name serve it. */
  readonly isDefault: boolean;
}

/** @throws GatewayError MODEL_NOT_FOUND, MODEL_NOT_READY. */
export function describeModel(models: ServedModels, route: string): DescribedModel {
  using lease = models.lease(route).lease;
  const { version, signature, exampleRow } = lease.servable;
  return {
    route,
    version: version.version,
    signature,
    exampleRow,
    isDefault: models.defaultRoute === route,
  };
}

/** All that serve now. */
export function describeModels(models: ServedModels): readonly DescribedModel[] {
  return models
    .statuses()
    .filter(({ ready }) => ready)
    .map(({ name }) => describeModel(models, name));
}

/** What the path of a model's route begins with, e.g. `/models/iris`. */
export function modelPath({ route }: Pick<DescribedModel, 'route'>): string {
  return `/models/${encodeURIComponent(route)}`;
}

/** A name for parts of the document: what OpenAPI allows in one, and different for different routes. */
export function componentName({ route }: Pick<DescribedModel, 'route'>): string {
  return route.replace(/[^A-Za-z0-9.-]/gu, (character) => `_${character.codePointAt(0)!.toString(16)}_`);
}
