import type { JsonCodec } from './json-codec.ts';
import { scoringCodec } from './mlflow/codec.ts';
import { inferCodec } from './open-inference/codec.ts';
import { predictCodec } from './predict/codec.ts';
import { tensorflowCodec } from './tensorflow-serving/codec.ts';

/** Every JSON codec by the name of its protocol: what a thread that was sent a body looks up. */
export const JSON_CODECS: Readonly<Record<string, JsonCodec<unknown, unknown>>> = {
  mlflow: scoringCodec,
  predict: predictCodec,
  'open-inference': inferCodec,
  'tensorflow-serving': tensorflowCodec,
};
