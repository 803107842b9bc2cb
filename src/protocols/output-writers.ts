import { GatewayError } from '../errors.ts';
import type { Signature } from '../model/signature.ts';
import type { Tensor } from '../model/tensor.ts';
import { TensorWriter } from './tensor-writer.ts';

/** The writers of the outputs that one answer shows. */
export class OutputWriters {
  readonly #outputs: readonly Tensor[];
  readonly #signature: Signature;
  readonly #rows: number;
  readonly #writers: TensorWriter[] = [];

  /** @param outputs one for each of `Signature.outputs`, in that order. */
  constructor(outputs: readonly Tensor[], signature: Signature, rows: number) {
    this.#outputs = outputs;
    this.#signature = signature;
    this.#rows = rows;
  }

  /**
   * A writer of the output at this index.
   *
   * @throws GatewayError INFERENCE_FAILED if it is missing or does not have one entry for each row.
   */
  readonly of = (output: number): TensorWriter => {
    const tensor = this.#outputs[output];
    const name = this.#signature.outputs[output]?.name ?? String(output);
    if (tensor === undefined) throw new GatewayError('INFERENCE_FAILED', `output "${name}" is missing`);
    const writer = new TensorWriter(tensor, name, this.#rows);
    this.#writers.push(writer);
    return writer;
  };

  /** Numbers that were NaN or infinite and are written as `null`, so far. */
  get nonFinite(): number {
    return this.#writers.reduce((sum, { nonFinite }) => sum + nonFinite, 0);
  }
}
