import { GatewayError } from '../../errors.ts';
import { showName } from '../../model/shown-name.ts';

/** SageMaker's header for whatever a caller wants to tell the container, which may answer with it. */
export const CUSTOM_ATTRIBUTES = 'x-amzn-sagemaker-custom-attributes';

/** What is understood of it. */
export interface CustomAttributes {
  /** The route that is meant; `null`: the default model. */
  readonly model: string | null;
  /** `null`: the one that serves. */
  readonly version: string | null;
  /** The header as it goes back. */
  readonly echo: string | null;
}

const NOTHING: CustomAttributes = { model: null, version: null, echo: null };

/**
 * Reads `model=…,version=…`, also as the TensorFlow container spells it (`tfs-model-name`, `tfs-model-version`), with
 * commas or, like DJL, semicolons between. Everything else in it is the caller's own (a trace id, say) and only goes
 * back.
 *
 * @throws GatewayError NOT_IMPLEMENTED for another `tfs-method` than `predict`.
 */
export function parseCustomAttributes(header: string | undefined): CustomAttributes {
  if (header === undefined) return NOTHING;
  const pairs = new Map<string, string>();
  for (const part of header.split(/[,;]/)) {
    const [key = '', value] = part.split('=', 2);
    if (value !== undefined) pairs.set(key.trim().toLowerCase(), value.trim());
  }
  const method = pairs.get('tfs-method') ?? 'predict';
  if (method !== 'predict') {
    throw new GatewayError(
      'NOT_IMPLEMENTED',
      `the method "${showName(method)}" of the custom attributes is not offered; "predict" is`,
    );
  }
  return {
    model: pairs.get('model') ?? pairs.get('tfs-model-name') ?? null,
    version: pairs.get('version') ?? pairs.get('tfs-model-version') ?? null,
    echo: /^[\x20-\x7e]+$/.test(header) ? header : null,
  };
}
