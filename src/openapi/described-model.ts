import type { ServedModels } from '../lifecycle/served-models.ts';
import type { InvocationsForm } from '../model/invocations-form.ts';
import type { Signature } from '../model/signature.ts';
import type { Schema } from './open-api.ts';

/** A model that serves, as far as a document tells of it. */
export interface DescribedModel {
  /** The name of its route. */
  readonly route: string;
  readonly version: string;
  /** What `models:/` URI it follows. */
  readonly uri: string;
  /** What can be asked for by its number: the version that serves, and the one before it while it is warm. */
  readonly versions: readonly string[];
  readonly signature: Signature;
  /** How `/invocations` and TensorFlow's `:predict` answer. */
  readonly invocations: InvocationsForm;
  /** A row that it takes, as it stands in a request; `null` if none can be made. */
  readonly exampleRow: unknown;
  /** Whether the routes without a name serve it. */
  readonly isDefault: boolean;
}

/** @throws GatewayError MODEL_NOT_FOUND, MODEL_NOT_READY. */
export function describeModel(models: ServedModels, route: string): DescribedModel {
  using lease = models.lease(route).lease;
  const { version, signature, invocations, exampleRow } = lease.servable;
  const { name, uri, previous } = models.status(route);
  return {
    route: name,
    version: version.version,
    uri,
    versions: [version.version, ...(previous === null ? [] : [previous.version])],
    signature,
    invocations,
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

/** `{version}` in a path. Schemas are those of the version that serves. */
export function versionParameter({ versions }: DescribedModel): Schema {
  return {
    name: 'version',
    in: 'path',
    required: true,
    description: 'the version that serves, or the one before it while it is kept warm',
    schema: { enum: versions },
  };
}

/** A name for parts of the document: what OpenAPI allows in one, and different for different routes. */
export function componentName({ route }: Pick<DescribedModel, 'route'>): string {
  return route.replace(/[^A-Za-z0-9.-]/gu, (character) => `_${character.codePointAt(0)!.toString(16)}_`);
}
