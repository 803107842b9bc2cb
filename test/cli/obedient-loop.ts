import { BOOL, FLOAT, graph, INT64, model, node, tensor, tensorInfo } from '../fakes/onnx-builder.ts';

/** Loops as often as the sum of the row says: not at all in the trial, for ever where a client wants that. */
export function obedientLoopGraph(): Uint8Array {
  const body = graph('body', {
    nodes: [
      node('Identity', { inputs: ['goOn'], outputs: ['goOnStill'] }),
      node('Identity', { inputs: ['state'], outputs: ['next'] }),
    ],
    inputs: [tensorInfo('step', INT64, []), tensorInfo('goOn', BOOL, []), tensorInfo('state', FLOAT, [])],
    outputs: [tensorInfo('goOnStill', BOOL, []), tensorInfo('next', FLOAT, [])],
  });
  const parts = {
    nodes: [
      node('ReduceSum', {
        inputs: ['X', 'axes'],
        outputs: ['sum'],
        attributes: { keepdims: { integer: 1 } },
      }),
      node('ReduceSum', { inputs: ['X'], outputs: ['total'], attributes: { keepdims: { integer: 0 } } }),
      node('Cast', { inputs: ['total'], outputs: ['times'], attributes: { to: { integer: INT64 } } }),
      node('Loop', {
        inputs: ['times', 'true', 'zero'],
        outputs: ['end'],
        attributes: { body: { graph: body } },
      }),
      node('Add', { inputs: ['sum', 'end'], outputs: ['variable'] }),
    ],
    inputs: [tensorInfo('X', FLOAT, [-1, 4])],
    outputs: [tensorInfo('variable', FLOAT, [-1, 1])],
    initializers: [
      tensor('axes', INT64, [1], new BigInt64Array([1n])),
      tensor('zero', FLOAT, [], new Float32Array(1)),
      tensor('true', BOOL, [], new Uint8Array([1])),
    ],
  };
  return model(graph('loop', parts));
}
