import type { ServedModels } from '../../lifecycle/served-models.ts';
import type { Signature } from '../../model/signature.ts';
import type { TensorSpec } from '../../model/tensor.ts';
import { jsonAnswer } from '../json-answer.ts';
import type { InfoRoute } from '../protocol.ts';
import { datatypeOf } from '../tensors/datatypes.ts';
import { leaseOf, MODEL_PATHS, versionsOf } from './model-paths.ts';

/** What of the extensions to the protocol is offered. */
const EXTENSIONS = [
  'binary_tensor_data',
  'classification',
  'model_configuration',
  'model_repository',
  'parameters',
  'schedule_policy',
  'statistics',
] as const;

/** How Triton calls what runs ONNX graphs. */
export const PLATFORM = 'onnxruntime_onnx';

export interface ServerIdentity {
  readonly name: string;
  readonly version: string;
}

/** What the server is, which models it serves, and what they take and give. */
export function metadataRoutes(models: ServedModels, server: ServerIdentity): readonly InfoRoute[] {
  return [
    ...['/v2', '/v2/'].map(
      (path): InfoRoute => ({
        method: 'GET',
        path,
        handle: () => jsonAnswer({ ...server, extensions: EXTENSIONS }),
      }),
    ),
    {
      method: 'GET',
      path: '/v2/models',
      handle: () => jsonAnswer({ models: models.statuses().map(({ name }) => name) }),
    },
    ...MODEL_PATHS.map(
      (path): InfoRoute => ({
        method: 'GET',
        path,
        handle: async (request) => {
          using lease = await leaseOf(models, request);
          const name = request.param('model')!;
          const versions = versionsOf(models.status(name));
          return jsonAnswer({ name, versions, platform: PLATFORM, ...describe(lease.servable.signature) });
        },
      }),
    ),
  ];
}

function describe(signature: Signature) {
  const { inputs, outputs, task } = signature;
  const labels = task.kind === 'classifier' ? task.labels : null;
  return {
    inputs: inputs.map(describeTensor),
    outputs: outputs.map(describeTensor),
    properties: {
      task: task.kind,
      // In the order of the columns of the scores. As text, because properties are, and labels may be 64-bit integers.
      ...(labels === null ? {} : { labels: JSON.stringify(labels.map(String)) }),
    },
  };
}

/** −1 is a dimension that varies; the first one is the rows. */
function describeTensor({ name, type, shape }: TensorSpec) {
  return { name, datatype: datatypeOf(type), shape };
}
