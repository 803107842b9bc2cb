import { InferenceSession, Tensor } from 'onnxruntime-node';

export type Feed = { readonly reals: readonly number[] } | { readonly texts: readonly string[] };

/**
 * Runs a converted graph with the real runtime.
 *
 * @param feeds by name of input; each is `[rows, values / rows]`.
 * @returns the values of each output, row-major.
 */
export async function runGraph(
  onnx: Uint8Array,
  rows: number,
  feeds: Readonly<Record<string, Feed>>,
): Promise<Record<string, unknown[]>> {
  const session = await InferenceSession.create(onnx, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const tensors = Object.fromEntries(
    session.inputMetadata.map((input) => {
      const feed = feeds[input.name] as Feed;
      const type = input.isTensor ? input.type : 'string';
      if ('texts' in feed)
        return [input.name, new Tensor('string', [...feed.texts], [rows, feed.texts.length / rows])];
      const dims = [rows, feed.reals.length / rows];
      return [
        input.name,
        type === 'float32'
          ? new Tensor('float32', Float32Array.from(feed.reals), dims)
          : new Tensor('float64', Float64Array.from(feed.reals), dims),
      ];
    }),
  );
  const outputs = await session.run(tensors);
  await session.release();
  return Object.fromEntries(
    Object.entries(outputs).map(([name, tensor]) => [name, Array.from(tensor.data as ArrayLike<unknown>)]),
  );
}
