import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/errors.ts';
import { crashingGraph, loopForeverGraph, unsupportedOpsetGraph } from '../../fakes/hostile-models.ts';
import { FLOAT, graph, model, node, tensorInfo } from '../../fakes/onnx-builder.ts';
import { fixture, scratch } from './prepared.ts';

const X = [tensorInfo('X', FLOAT, [-1, 4])];
const Y = [tensorInfo('Y', FLOAT, [-1, 4])];

async function refusal(bytes: Uint8Array): Promise<GatewayError> {
  using place = scratch({ 'model.onnx': bytes });
  const error = await place.prepare().catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(GatewayError);
  return error as GatewayError;
}

describe('a hostile file', () => {
  it('is prepared or refused with a GatewayError whatever bytes are changed', async () => {
    const names = ['qda-map/model.onnx', 'columns/model.onnx', 'mlflow-columns/model.onnx'];
    const originals = names.map((name) => readFileSync(fixture(name)));
    using place = scratch();
    const edit = fc.record({ at: fc.nat(), value: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...originals),
        fc.array(edit, { maxLength: 6 }),
        fc.nat(),
        async (original, edits, cut) => {
          const bytes = Uint8Array.from(original);
          for (const { at, value } of edits) bytes[at % bytes.length] = value;
          writeFileSync(
            join(place.directory, 'model.onnx'),
            cut % 4 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes,
          );
          const error = await place.prepare().then(
            () => null,
            (caught: unknown) => caught,
          );
          if (error !== null && !(error instanceof GatewayError)) throw error;
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is refused where graphs are nested without end', async () => {
    let inner = graph('inner', { nodes: [], inputs: [], outputs: [] });
    for (let depth = 0; depth < 200; depth += 1) {
      const nodes = [
        node('If', { inputs: ['c'], outputs: ['o'], attributes: { then_branch: { graph: inner } } }),
      ];
      inner = graph('g', { nodes, inputs: X, outputs: Y });
    }
    expect((await refusal(model(inner))).message).toContain('nests graphs more than 16 deep');
  });

  it('is refused where it has more nodes than any model', async () => {
    const nodes = new Array<Uint8Array>(300_001).fill(node('Neg', { inputs: ['a'], outputs: ['b'] }));
    expect((await refusal(model(graph('many', { nodes, inputs: X, outputs: Y })))).message).toContain(
      'more than',
    );
  });

  it('is refused where lengths exceed the file', async () => {
    const huge = Buffer.from('0808' + '3affffffff0f' + '0a02', 'hex');
    expect((await refusal(huge)).message).toContain('is cut off or no ONNX model');
  });

  it('is refused where a row has more columns than memory', async () => {
    const parts = { nodes: [node('Neg', { inputs: ['X'], outputs: ['Y'] })], outputs: Y };
    const wide = (shape: number[]) =>
      model(graph('wide', { ...parts, inputs: [tensorInfo('X', FLOAT, shape)] }));
    expect((await refusal(wide([-1, 2 ** 40]))).message).toContain('more than 1000000 columns');
    expect((await refusal(wide([-1, 2 ** 40, 2 ** 40]))).message).toContain('values a row');
  });

  it('does not run in circles with the graph', async () => {
    const nodes = [
      node('Identity', { inputs: ['b', 'X'], outputs: ['a'] }),
      node('Identity', { inputs: ['a'], outputs: ['b'] }),
    ];
    using place = scratch({
      'model.onnx': model(graph('circle', { nodes, inputs: X, outputs: [tensorInfo('a', FLOAT, [-1, 2])] })),
    });
    await expect(place.prepare()).resolves.toMatchObject({ signature: { task: { kind: 'regressor' } } });
  });

  it.each([
    ['crashes', crashingGraph()],
    ['never ends', loopForeverGraph()],
    ['has an unknown opset', unsupportedOpsetGraph()],
  ])('is prepared where only running it %s: the trial process finds out', async (_, bytes) => {
    using place = scratch({ 'model.onnx': bytes });
    await expect(place.prepare()).resolves.toMatchObject({ signature: { task: { kind: 'regressor' } } });
  });
});
