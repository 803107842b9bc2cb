import { GatewayError } from '../../../../errors.ts';
import type { GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter } from '../converter.ts';
import { Features } from '../features.ts';
import { refuseLarger } from '../refuse-larger.ts';

/** A cosine is the sine of what is so much ahead: onnxruntime has the sine of a double, and not its cosine. */
const AHEAD = Math.PI / 2;
/** scikit-learn's intervals for 1, 2 and 3 steps. */
const INTERVALS = [Number.NaN, 0.8, 0.5, 0.4];

/** AdditiveChi2Sampler: √(x · interval), then for each step the cosine and the sine of step · interval · ln x. */
export const additiveChi2Sampler: Converter = {
  transform(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const { width } = features;
    const steps = estimator.get('sample_steps').integer();
    const interval = intervalOf(estimator, steps);
    refuseLarger(width * Math.max(1, 2 * steps - 1), estimator, 'its columns');
    const x = features.matrix();
    const zero = graph.real(0);
    scope.failWhere(graph.op('Less', x, zero), `${estimator.label} takes no numbers below zero`);
    const first = graph.op('Sqrt', graph.op('Mul', x, graph.real(interval)));
    if (steps === 1) return Features.made(graph, first, width);
    // Of each step a cosine and a sine, which are 0 for x = 0, as their factor is.
    const waves = Array.from({ length: 2 * (steps - 1) }, (_, at) => Math.floor(at / 2) + 1);
    const column = (values: readonly number[]) => graph.reals(values, [waves.length, 1]);
    const each = (value: GraphValue) => graph.op('Unsqueeze', value, graph.int64s([1]));
    const logs = graph.op('Log', graph.op('Where', graph.op('Equal', x, zero), graph.real(1), x));
    const angles = graph.op('Mul', each(graph.op('Mul', logs, graph.real(interval))), column(waves));
    const shifts = column(waves.map((_, at) => (at % 2 === 0 ? AHEAD : 0)));
    const sines = graph.op('Sin', graph.op('Add', angles, shifts));
    const doubled = graph.op('Mul', graph.op('Mul', x, graph.real(2)), graph.real(interval));
    const spreads = column(waves.map((step) => Math.cosh(Math.PI * step * interval)));
    const factors = graph.op('Sqrt', graph.op('Div', each(doubled), spreads));
    const others = graph.op(
      'Reshape',
      graph.op('Mul', factors, sines),
      // 0: as many rows as there are.
      graph.int64s([0, waves.length * width]),
    );
    const all = graph.node('Concat', [first, others], { attributes: { axis: { integer: 1 } } });
    return Features.made(graph, all, width * (1 + waves.length));
  },
};

function intervalOf(estimator: Stored, steps: number): number {
  // scikit-learn 1.2 keeps what it settled on.
  const stored = estimator.find('sample_interval_') ?? estimator.find('sample_interval');
  const interval = stored?.number() ?? INTERVALS[steps] ?? Number.NaN;
  if (steps >= 1 && interval >= 0 && Number.isFinite(interval)) return interval;
  throw new GatewayError('INVALID_MODEL', `${estimator.label} has no interval for ${steps} sample_steps`);
}

/** SkewedChi2Sampler: √(2 / components) · cos(ln(x + skewedness) · random_weights_ + random_offset_). */
export const skewedChi2Sampler: Converter = {
  transform(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const { width } = features;
    const count = estimator.get('n_components').integer();
    const weights = estimator.get('random_weights_').numbersOfShape(width, count).values;
    const offsets = estimator.get('random_offset_').numbersOfShape(count).values;
    const skewedness = estimator.get('skewedness').number();
    const x = features.matrix();
    scope.failWhere(
      graph.op('LessOrEqual', x, graph.real(-skewedness)),
      `${estimator.label} takes numbers above ${-skewedness} only`,
    );
    const logs = graph.op('Log', graph.op('Add', x, graph.real(skewedness)));
    const product = graph.op('MatMul', logs, graph.reals(weights, [width, count]));
    const shifts = graph.reals(offsets.map((offset) => offset + AHEAD));
    const waves = graph.op('Sin', graph.op('Add', product, shifts));
    const scale = graph.real(Math.sqrt(2) / Math.sqrt(count));
    return Features.made(graph, graph.op('Mul', waves, scale), count);
  },
};
