import type { ModelStatus, VersionStatus } from '../../lifecycle/model-status.ts';
import type { Signature } from '../../model/signature.ts';
import type { TensorSpec, TensorType } from '../../model/tensor.ts';

/** TensorFlow's names of element types. */
const DTYPES: Readonly<Record<TensorType, string>> = {
  float16: 'DT_HALF',
  float32: 'DT_FLOAT',
  float64: 'DT_DOUBLE',
  int8: 'DT_INT8',
  int16: 'DT_INT16',
  int32: 'DT_INT32',
  int64: 'DT_INT64',
  uint8: 'DT_UINT8',
  uint16: 'DT_UINT16',
  uint32: 'DT_UINT32',
  uint64: 'DT_UINT64',
  bool: 'DT_BOOL',
  string: 'DT_STRING',
};

/** TensorFlow Serving's status and KServe's in one: each reads its own keys. */
export function describeStatus({ name, ready }: ModelStatus, versions: readonly VersionStatus[]): unknown {
  return {
    name,
    ready,
    model_version_status: versions.map(({ version }) => ({
      version,
      state: 'AVAILABLE',
      status: { error_code: 'OK', error_message: '' },
    })),
  };
}

/** TensorFlow Serving's metadata; that `signature_def` stands in itself is so there, too. */
export function describeMetadata(name: string, version: string, { inputs, outputs }: Signature): unknown {
  const signature = {
    inputs: Object.fromEntries(inputs.map(describeTensor)),
    outputs: Object.fromEntries(outputs.map(describeTensor)),
    method_name: 'tensorflow/serving/predict',
  };
  return {
    model_spec: { name, signature_name: '', version },
    metadata: { signature_def: { signature_def: { serving_default: signature } } },
  };
}

function describeTensor({ name, type, shape }: TensorSpec) {
  const dim = shape.map((size) => ({ size: String(size), name: '' }));
  return [
    name,
    { dtype: DTYPES[type], tensor_shape: { dim, unknown_rank: false }, name: `${name}:0` },
  ] as const;
}
