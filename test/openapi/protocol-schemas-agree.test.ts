import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Signature } from '../../src/model/signature.ts';
import type { TensorType } from '../../src/model/tensor.ts';
import { type ScoringOptions, scoringCodec } from '../../src/protocols/mlflow/codec.ts';
import { inferCodec } from '../../src/protocols/open-inference/codec.ts';
import { tensorflowCodec } from '../../src/protocols/tensorflow-serving/codec.ts';
import { DATATYPE_NAMES, datatypeOf } from '../../src/protocols/tensors/datatypes.ts';
import { acceptorOf } from './acceptor.ts';
import { featuresOf, GOOD, isOutsideSchemas, leaf, SIGNATURES } from './near-requests.ts';

const SCORING: ScoringOptions = { format: { kind: 'json' }, answer: 'json', form: 'predictions' };
const INFER = { model: 'm', version: '1', requestId: 'r', jsonBytes: null, mayBeTexts: false, blobSizes: [] };

/** A protocol's schema of requests beside its decoding. */
interface Door {
  readonly schema: string;
  readonly bodies: (signature: Signature) => fc.Arbitrary<unknown>;
  readonly decode: (body: unknown, signature: Signature) => unknown;
  /** What a schema cannot say: whether lists that belong together have the lengths that they need. */
  readonly fitsTogether: (body: unknown) => boolean;
  /** What is taken beyond the schema; told in the description of the schemas. */
  readonly isMore: (body: unknown, signature: Signature) => boolean;
}

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const lengthOf = (value: unknown) => (Array.isArray(value) ? value.length : 1);

const areEqual = (numbers: readonly number[]) => new Set(numbers).size <= 1;

/** Columns or inputs by their names, lists of values mostly. */
function columnsOf({ columns, inputs }: Signature): fc.Arbitrary<unknown> {
  const list = (value: fc.Arbitrary<unknown>) =>
    fc.oneof(
      fc.array(value, { minLength: 2, maxLength: 2 }),
      fc.array(fc.tuple(value), { maxLength: 2 }),
      value,
    );
  const good = columns.map(({ name, type }) => [name ?? 'x', list(GOOD[type] ?? fc.constant(1))] as const);
  const wide = fc.array(leaf, { minLength: 1, maxLength: 3 });
  const whole = inputs.map(({ name }) => [name, fc.oneof(list(fc.constant(1)), list(wide))] as const);
  return fc.oneof(
    fc.record(Object.fromEntries(good)),
    fc.record(Object.fromEntries(good), { requiredKeys: [] }),
    fc.record(Object.fromEntries(whole)),
    fc.dictionary(fc.constantFrom(...columns.map(({ name }) => name ?? 'x'), 'other'), list(leaf)),
  );
}

const scoring: Door = {
  schema: 'ScoringRequest',
  bodies: (signature) => {
    const rows = featuresOf(signature);
    const names = signature.columns.map(({ name }) => name);
    const split = fc.record(
      { data: rows, columns: fc.constantFrom<unknown>(null, names, ['other']), index: fc.constant([0]) },
      { requiredKeys: ['data'] },
    );
    const form = fc.oneof(
      fc.record({ instances: rows }),
      fc.record({ dataframe_records: rows }),
      fc.record({ dataframe_split: split }),
      fc.record({ inputs: fc.oneof(rows, columnsOf(signature)) }),
    );
    return fc.oneof(
      rows,
      form,
      fc.tuple(form, form).map(([one, other]) => ({ ...one, ...other })),
    );
  },
  decode: (body, signature) => scoringCodec.decode(body, signature, SCORING),
  fitsTogether: (body) => {
    const inputs = isObject(body) ? body.inputs : null;
    return !isObject(inputs) || areEqual(Object.values(inputs).map(lengthOf));
  },
  isMore: (body, signature) => {
    const split = isObject(body) ? body.dataframe_split : null;
    if (isObject(split) && split.columns !== null && split.columns !== undefined) return true;
    // Lists and single values beside each other, and columns that only some rows have.
    if (isObject(body) && isObject(body.inputs)) return true;
    return signature.columns.some(({ takesNaN }) => takesNaN);
  },
};

const predict: Door = {
  schema: 'PredictRows',
  bodies: (signature) => {
    const rows = featuresOf(signature);
    const columns = columnsOf(signature);
    return fc.oneof(
      fc.record({ instances: rows }),
      fc.record({ instances: fc.array(columns, { minLength: 1, maxLength: 2 }) }),
      fc.record({ inputs: fc.oneof(rows, columns) }),
      fc.record({ instances: rows, inputs: rows }),
      rows,
    );
  },
  decode: (body, signature) => tensorflowCodec.decode(body, signature, { form: 'predictions' }),
  fitsTogether: (body) => {
    const { inputs, instances } = body as Fields;
    if (isObject(inputs)) return areEqual(Object.values(inputs).map(lengthOf));
    const rows = (instances ?? []) as readonly unknown[];
    return areEqual(rows.flatMap((row) => (isObject(row) ? lengthOf(Object.values(row)[0]) : [])));
  },
  // The only tensor for an only input may have any name.
  isMore: (body) => {
    const { inputs } = body as Fields;
    return isObject(inputs) && Object.keys(inputs).length === 1;
  },
};

const infer: Door = {
  schema: 'InferRequest',
  bodies: (signature) => {
    const { inputs, columns, outputs } = signature;
    const whole = inputs.map((spec) => tensorOf(spec.name, spec.shape.slice(1), spec.type));
    const byColumn = columns.map(({ name, cellShape, input }) =>
      tensorOf(name ?? 'x', cellShape, inputs[input]!.type),
    );
    const any = tensorOf('other', [2], 'float32');
    const requested = fc.record(
      {
        name: fc.constantFrom(...outputs.map(({ name }) => name), 'other'),
        parameters: fc.record(
          { binary_data: fc.boolean(), classification: fc.constantFrom(0, 1, 2.5) },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: ['name'] },
    );
    return fc.record(
      {
        inputs: fc.oneof(fc.tuple(...whole), fc.tuple(...byColumn), fc.array(any, { maxLength: 2 })),
        outputs: fc.oneof(fc.constant(null), fc.array(requested, { maxLength: 3 })),
        id: fc.constantFrom('a', null, 5),
        parameters: fc.constantFrom<unknown>({}, null, { timeout: 1 }, { timeout: -1 }, { other: 'x' }),
      },
      { requiredKeys: ['inputs'] },
    );
  },
  decode: (body, signature) => inferCodec.decode({ json: body, blobs: null }, signature, INFER),
  fitsTogether: (body) => {
    const { inputs } = body as { readonly inputs: readonly WrittenTensor[] };
    const counts = inputs.map(({ shape, data }) => [
      shape.reduce((all, dim) => all * dim, 1),
      data.flat(9).length,
    ]);
    return counts.every(areEqual) && areEqual(inputs.map(({ shape }) => shape[0] ?? 0));
  },
  isMore: () => false,
};

interface WrittenTensor {
  readonly shape: readonly number[];
  readonly data: readonly unknown[];
}

/** A tensor of two rows for an input of this type, or nearly one. */
function tensorOf(name: string, dims: readonly number[], type: TensorType): fc.Arbitrary<unknown> {
  const known = dims.map((dim) => (dim < 0 ? 2 : dim));
  const right = { weight: 6, arbitrary: fc.constant([2, ...known]) };
  const shapes = fc.oneof(right, fc.constantFrom([0, ...known], [2], [2, 1], [2, 3]));
  const good = { weight: 6, arbitrary: fc.constant(type === 'string' ? 'town' : 1) };
  const values = fc.oneof(good, leaf).chain((value) => fc.tuple(fc.constant(value), fc.oneof(good, leaf)));
  const datatypes = fc.oneof(
    { weight: 6, arbitrary: fc.constant<string>(datatypeOf(type)) },
    fc.constantFrom(...DATATYPE_NAMES, 'BF16'),
  );
  const names = fc.oneof({ weight: 8, arbitrary: fc.constant(name) }, fc.constantFrom('x', 'other'));
  return fc
    .tuple(shapes, values, datatypes, names, fc.boolean())
    .map(([shape, [first, other], datatype, given, isNested]) => {
      const count = shape.reduce((all, dim) => all * dim, 1);
      const flat = Array.from({ length: count }, (_, at) => (at === 0 ? first : other));
      const width = shape.slice(1).reduce((all, dim) => all * dim, 1);
      const rows = Array.from({ length: shape[0]! }, (_, row) => flat.slice(row * width, (row + 1) * width));
      return { name: given, shape, datatype, data: isNested && shape.length === 2 ? rows : flat };
    });
}

/** Wherever rows may stand in a body. */
function rowsIn(body: unknown): readonly unknown[] {
  if (!isObject(body)) return [body];
  const { instances, dataframe_records, dataframe_split, inputs } = body;
  const split = isObject(dataframe_split) ? dataframe_split.data : null;
  // Of V2 these are tensors.
  const columns = isObject(inputs)
    ? Object.values(inputs)
    : Array.isArray(inputs) && isObject(inputs[0])
      ? []
      : [inputs];
  return [instances, dataframe_records, split, ...columns];
}

const DOORS = { scoring, predict, infer };

describe.each(Object.entries(DOORS))(
  'the schema of %s',
  (door, { schema, bodies, decode, fitsTogether, isMore }) => {
    it.each(Object.entries(SIGNATURES))(
      'accepts of a model of %s what decoding accepts',
      (kind, signature) => {
        const accepts = acceptorOf(signature, schema);
        let accepted = 0;
        const check = (body: unknown) => {
          if (rowsIn(body).some((rows) => isOutsideSchemas(rows, signature))) return;
          const isAccepted = accepts(body);
          let isDecoded = true;
          try {
            decode(body, signature);
          } catch {
            isDecoded = false;
          }
          if (isAccepted && !isDecoded && !fitsTogether(body)) return;
          if (isDecoded && !isAccepted && isMore(body, signature)) return;
          if (isDecoded) accepted++;
          expect({ body, accepted: isAccepted }).toEqual({ body, accepted: isDecoded });
        };
        fc.assert(fc.property(bodies(signature), check), { numRuns: 2000, seed: 1 });
        if (kind !== 'IMAGE') expect([door, kind, accepted > 10]).toEqual([door, kind, true]);
      },
    );
  },
);
