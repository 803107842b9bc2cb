import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../../src/formats/fitted/graph/graph-builder.ts';
import { runGraph } from '../run-graph.ts';

const PRODUCER = { name: 'test', version: '1' };

describe('GraphBuilder', () => {
  it.each(['before', 'behind'])(
    'keeps a factor %s a product of matrices in double precision',
    async (place) => {
      const graph = new GraphBuilder();
      const x = graph.input('X', 'double', 1);
      const isBefore = place === 'before';
      const scaled = isBefore ? graph.op('Mul', x, graph.real(0.1)) : x;
      const product = graph.op('MatMul', scaled, graph.reals([3], [1, 1]));
      const value = isBefore ? product : graph.op('Mul', product, graph.real(0.1));
      graph.output(value, { name: 'y', type: 'double', shape: [-1, 1] });
      const { y } = await runGraph(graph.finish(PRODUCER, {}), 1, { X: { reals: [1] } });
      expect(y?.[0]).toBeCloseTo(0.3, 15);
    },
  );

  it('runs the body of a Loop, which sees the values and constants around it', async () => {
    const graph = new GraphBuilder();
    const x = graph.input('X', 'double', 1);
    const doubled = graph.op('Add', x, x);
    const number = { type: 'double', shape: [-1, 1] } as const;
    const flag = { type: 'bool', shape: [] } as const;
    const body = graph.body(
      [{ type: 'int64', shape: [] }, flag, number],
      [flag, number],
      ([, goesOn, sum]) => [
        graph.op('Identity', goesOn as never),
        graph.op('Add', graph.op('Mul', sum as never, graph.real(2)), doubled),
      ],
    );
    const [sum] = graph.nodeOf('Loop', [graph.int64s([3], []), graph.bools([true], []), x], 1, { body });
    graph.output(sum as never, { name: 'y', type: 'double', shape: [-1, 1] });
    const { y } = await runGraph(graph.finish(PRODUCER, {}), 2, { X: { reals: [1, 10] } });
    expect(y).toEqual([22, 220]);
  });

  it('leaves out what no output needs', () => {
    const graph = new GraphBuilder();
    const x = graph.input('X', 'double', 1);
    const output = () => graph.output(x, { name: 'y', type: 'double', shape: [-1, 1] });
    output();
    const lean = graph.finish(PRODUCER, {});
    const other = new GraphBuilder();
    const same = other.input('X', 'double', 1);
    other.output(same, { name: 'y', type: 'double', shape: [-1, 1] });
    other.op('Add', same, other.real(1));
    expect(other.finish(PRODUCER, {})).toEqual(lean);
  });
});
