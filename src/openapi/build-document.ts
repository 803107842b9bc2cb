import { componentName, type DescribedModel } from './described-model.ts';
import { inferSchemas } from './infer-schemas.ts';
import type { OpenApiDocument, Paths, Schema } from './open-api.ts';
import { OPEN_INFERENCE_PATHS, openInferencePaths } from './open-inference-operations.ts';
import { ownModelPaths, ownPaths, STATUS_SCHEMA, VERSION_SCHEMA } from './own-operations.ts';
import { predictPaths, predictSchemas } from './predict-operations.ts';
import { ERROR_RESPONSES, ERROR_SCHEMAS } from './responses.ts';
import { SCORING_PATHS, scoringPaths } from './scoring-operations.ts';
import { scoringSchemas } from './scoring-schemas.ts';
import { TENSORFLOW_PATHS, tensorflowPaths } from './tensorflow-operations.ts';
import { tensorflowSchemas } from './tensorflow-schemas.ts';

export interface DocumentParts {
  readonly models: readonly DescribedModel[];
  /** Of the server. */
  readonly version: string;
  /** Whether `/metrics` is on this port. */
  readonly hasMetrics: boolean;
}

const TAGS = [
  { name: 'models', description: 'What is served' },
  { name: 'probes', description: 'For orchestrators and monitoring' },
  { name: 'operators', description: 'Need the operator token' },
];

/** The whole server, with the concrete paths and schemas of each model that serves now. */
export function serverDocument({ models, version, hasMetrics }: DocumentParts): OpenApiDocument {
  const tags = [...models.map(tagOf), ...TAGS];
  const info = { title: 'Switchyard', version, description: 'Models of a registry, by HTTP.' };
  const paths = {
    ...ownPaths(hasMetrics),
    ...SCORING_PATHS,
    ...OPEN_INFERENCE_PATHS,
    ...TENSORFLOW_PATHS,
  };
  return assemble({ info, tags, paths, models });
}

/** One model alone. */
export function modelDocument(model: DescribedModel): OpenApiDocument {
  const description = `Version ${model.version}; the columns are those of its signature.`;
  const info = { title: model.route, version: model.version, description };
  return assemble({ info, tags: [tagOf(model), ...TAGS], paths: {}, models: [model] });
}

function tagOf({ route, version }: DescribedModel) {
  return { name: route, description: `version ${version}` };
}

interface AssembledParts extends Pick<OpenApiDocument, 'info' | 'tags' | 'paths'> {
  readonly models: readonly DescribedModel[];
}

function assemble({ info, tags, paths, models }: AssembledParts): OpenApiDocument {
  const all: Paths[] = [paths];
  const schemas: Readonly<Record<string, Schema>>[] = [
    { ...ERROR_SCHEMAS, ModelStatus: STATUS_SCHEMA, Version: VERSION_SCHEMA },
  ];
  for (const model of models) {
    const name = componentName(model);
    all.push(
      predictPaths(model, name),
      scoringPaths(model, name),
      openInferencePaths(model, name),
      tensorflowPaths(model, name),
      ownModelPaths(model, name),
    );
    schemas.push(
      predictSchemas(model, name),
      scoringSchemas(model, name),
      inferSchemas(model.signature, name),
      tensorflowSchemas(model, name),
    );
  }
  return {
    openapi: '3.1.1',
    info,
    tags,
    paths: Object.assign({}, ...all),
    components: {
      schemas: Object.assign({}, ...schemas),
      responses: ERROR_RESPONSES,
      securitySchemes: { operator: { type: 'http', scheme: 'bearer' } },
    },
  };
}
