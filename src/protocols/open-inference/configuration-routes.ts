import type { Servable } from '../../lifecycle/servable.ts';
import type { ServedModels } from '../../lifecycle/served-models.ts';
import type { TensorSpec } from '../../model/tensor.ts';
import { jsonAnswer } from '../json-answer.ts';
import type { InfoRoute } from '../protocol.ts';
import { datatypeOf } from '../tensors/datatypes.ts';
import { PLATFORM } from './metadata-routes.ts';
import { leaseOf, MODEL_PATHS } from './model-paths.ts';

/** A request may have as many rows as its body may have bytes; clients want a number to stay below. */
const MAX_BATCH_SIZE = 1_000_000;

/** A model as Triton's `ModelConfig` describes it: what its performance tools want to know before they begin. */
export function configurationRoutes(models: ServedModels): readonly InfoRoute[] {
  return MODEL_PATHS.map((path) => ({
    method: 'GET',
    path: `${path}/config`,
    handle: async (request) => {
      using lease = await leaseOf(models, request);
      return jsonAnswer(describe(request.param('model')!, lease.servable));
    },
  }));
}

function describe(name: string, { signature, placement }: Servable) {
  const { inputs, outputs, fixedRows } = signature;
  const isBatching = fixedRows === null;
  const { inline, worker } = placement.live;
  const count = (inline?.sessions ?? 0) + (worker?.sessions ?? 0);
  return {
    name,
    platform: PLATFORM,
    backend: 'onnxruntime',
    runtime: '',
    version_policy: { latest: { num_versions: 1 } },
    max_batch_size: isBatching ? MAX_BATCH_SIZE : 0,
    input: inputs.map((spec) => ({
      ...describeTensor(spec, isBatching),
      format: 'FORMAT_NONE',
      is_shape_tensor: false,
      allow_ragged_batch: false,
      optional: false,
    })),
    output: outputs.map((spec) => ({
      ...describeTensor(spec, isBatching),
      label_filename: '',
      is_shape_tensor: false,
    })),
    // Rows that wait run together, and none waits for others.
    ...(isBatching
      ? { dynamic_batching: { preferred_batch_size: [], max_queue_delay_microseconds: 0 } }
      : {}),
    instance_group: [{ name: `${name}_0`, kind: 'KIND_CPU', count, gpus: [], profile: [] }],
    default_model_filename: 'model.onnx',
    metric_tags: {},
    parameters: {},
    model_warmup: [],
    model_transaction_policy: { decoupled: false },
  };
}

/** The dimensions of a batching model are those of one row; where a row is a single value, Triton writes it so. */
function describeTensor({ name, type, shape }: TensorSpec, isBatching: boolean) {
  const datatype = datatypeOf(type);
  const data_type = `TYPE_${datatype === 'BYTES' ? 'STRING' : datatype}`;
  const dims = isBatching ? shape.slice(1) : shape;
  if (dims.length > 0) return { name, data_type, dims };
  return { name, data_type, dims: [1], reshape: { shape: [] } };
}
