/** The models of `save-scoring-models.py`. */
export const MODELS = [
  'classifier',
  'regressor',
  'zipmap',
  'tensor',
  'plain',
  'both',
  'converted',
  'converted_names',
  'converted_proba',
  'typed',
  'text',
] as const;
export type ScoringModel = (typeof MODELS)[number];

/** The model of the same flavour whose differences it shares. */
export const LIKE: Partial<Record<ScoringModel, ScoringModel>> = {
  converted: 'both',
  converted_names: 'both',
  converted_proba: 'both',
};

/** Requests that are answered otherwise than by `mlflow models serve`, and why (docs/protocols.md). */
export interface Difference {
  readonly because: string;
  readonly models: readonly ScoringModel[];
  readonly cases: readonly string[];
  /** A status, or `200 with NaN`. */
  readonly mlflow: string;
  readonly here: string;
  /** The only MLflow that does so; both without it. */
  readonly major?: '2' | '3';
}

const FLOWERS = ['classifier', 'regressor', 'zipmap', 'tensor', 'plain', 'both'] as const;
const NAMED = ['classifier', 'regressor', 'zipmap', 'both'] as const;

/** Whole frames of the right columns in forms that name them. */
const NAMED_FRAMES = [
  'split',
  'split with an index',
  'split in another order',
  'split of integers',
  'split of numbers as text',
  'split of a boolean',
  'split of 2^53 + 1',
  'records',
  'another key',
  'signature_name',
  'params',
  'params is a list',
  'a byte order mark',
];

export const DIFFERENCES: readonly Difference[] = [
  {
    because: 'MLflow makes one table of labels and probabilities, which have different lengths',
    models: ['classifier'],
    cases: [
      ...NAMED_FRAMES,
      'split with another column',
      'records with another column',
      'instances of objects',
      'inputs of columns',
      'inputs of one value a column',
      'inputs with another column',
      'CSV',
      'CSV in another order',
    ],
    mlflow: '400',
    here: '200',
  },
  {
    because: 'names say nothing of the order where the signature is an unnamed tensor',
    models: ['tensor'],
    cases: NAMED_FRAMES,
    mlflow: '200',
    here: '400',
  },
  {
    because: 'rows by position are taken where the columns have names',
    models: NAMED,
    cases: [
      'split without columns',
      'split with 0, 1, 2 for columns',
      'records of lists',
      'instances of lists',
      'inputs of lists',
      'inputs of integers',
      'a key twice',
      'charset=UTF-8',
    ],
    mlflow: '400',
    here: '200',
  },
  {
    because: 'no value is lost when integers, booleans and numbers as text become floats',
    models: ['plain'],
    cases: ['split of integers', 'split of numbers as text', 'split of a boolean', 'inputs of integers'],
    mlflow: '400',
    here: '200',
  },
  {
    because: 'the keys of an object have no order that columns without names could have',
    models: ['plain'],
    cases: ['records'],
    mlflow: '200',
    here: '400',
  },
  {
    because: 'no rows are answered with no predictions',
    models: FLOWERS,
    cases: ['no records', 'no instances'],
    mlflow: '400',
    here: '200',
  },
  {
    because: 'no rows are answered with no predictions',
    models: ['plain', 'both'],
    cases: ['split without rows', 'CSV without rows'],
    mlflow: '400',
    here: '200',
  },
  {
    because: "SageMaker's clients send lists of rows, and CSV without a header",
    models: FLOWERS,
    cases: ['a list of rows', 'CSV without a header'],
    mlflow: '400',
    here: '200',
  },
  {
    because: 'the graph’s input may be named under any signature without names',
    models: ['tensor'],
    cases: ['inputs by the name of the graph'],
    mlflow: '400',
    here: '200',
  },
  {
    because: 'content types have no case',
    models: FLOWERS,
    cases: ['Application/JSON'],
    mlflow: '415',
    here: '200',
  },
  {
    because: 'a body without a content type is JSON',
    models: FLOWERS,
    cases: ['no content type'],
    mlflow: '500',
    here: '200',
  },
  {
    because: 'null is taken only where the model gives an answer for it; NaN is no JSON',
    models: ['regressor', 'zipmap', 'tensor'],
    cases: ['split of null'],
    mlflow: '200 with NaN',
    here: '400',
  },
  {
    because: 'null is taken only where the model gives an answer for it; NaN is no JSON',
    models: ['regressor', 'zipmap', 'tensor', 'plain'],
    cases: ['split of NaN', 'records, one without a column'],
    mlflow: '200 with NaN',
    here: '400',
  },
  {
    because: 'null is taken only where the model gives an answer for it; NaN is no JSON',
    models: ['regressor', 'zipmap', 'plain'],
    cases: ['CSV with an empty cell'],
    mlflow: '200 with NaN',
    here: '400',
  },
  {
    because: 'null is taken only where the model gives an answer for it; NaN is no JSON',
    models: ['tensor'],
    cases: ['inputs of null'],
    mlflow: '200 with NaN',
    here: '400',
  },
  {
    because: 'null is taken only where the model gives an answer for it; NaN is no JSON',
    models: ['typed'],
    cases: ['d null, records', 'd null, inputs'],
    mlflow: '200 with NaN',
    here: '400',
  },
  {
    because: 'numbers out of the range of their column are refused',
    models: ['regressor', 'zipmap', 'tensor', 'plain'],
    cases: ['split of 1e308', 'split of Infinity'],
    mlflow: '200 with NaN',
    here: '400',
  },
  {
    because: 'numbers out of the range of their column are refused',
    models: ['both'],
    cases: ['split of 1e308'],
    mlflow: '200',
    here: '400',
  },
  {
    because: 'numbers out of the range of their column are refused',
    models: ['typed'],
    cases: ['f 1e39, records', 'f 1e39, inputs'],
    mlflow: '200 with NaN',
    here: '400',
  },
  {
    because: 'MLflow cuts 1.5 to 1, and wraps integers that are too large',
    models: ['typed'],
    cases: ['l 1.5, records', 'l 1.5, inputs', 'l 2^63, records', 'i 2^31, records'],
    mlflow: '200',
    here: '400',
  },
  {
    because: 'only true and false are booleans; to MLflow every text but the empty one is true',
    models: ['typed'],
    cases: ['0', '"false"', '""', 'null'].flatMap((value) => [`b ${value}, records`, `b ${value}, inputs`]),
    mlflow: '200',
    here: '400',
  },
  {
    because: 'columns that the graph has no use for are passed over unread',
    models: ['typed'],
    cases: ['a date that is none, records', 'a date that is none, inputs'],
    mlflow: '400',
    here: '200',
  },
  {
    because: 'an optional column that is left out is NaN where the model takes that',
    models: ['typed'],
    cases: ['without o'],
    mlflow: '400',
    here: '200',
  },
  {
    because: 'with pandas 3, MLflow 3 hands text to onnxruntime in a form that it refuses',
    models: ['text'],
    cases: ['"a"', '"Łódź"', '""'].flatMap((value) => [`s ${value}, records`, `s ${value}, inputs`]),
    mlflow: '400',
    here: '200',
    major: '3',
  },
  {
    because: 'only text is text; MLflow makes "5", "True", "None" and "{}" of what is none',
    models: ['text'],
    cases: ['5', 'true', 'null', '{}'].map((value) => `s ${value}, records`),
    mlflow: '200',
    here: '400',
  },
  {
    because: 'only text is text; MLflow makes "5", "True", "None" and "{}" of what is none',
    models: ['text'],
    cases: ['5', 'true', 'null', '{}'].map((value) => `s ${value}, inputs`),
    mlflow: '200',
    here: '400',
    major: '2',
  },
  {
    because: 'text is taken as it stands; pandas makes "nan" of NA',
    models: ['text'],
    cases: ['CSV, s NA'],
    mlflow: '200',
    here: '200',
  },
];

/** The models whose answers have another shape there: all rows by output, or probabilities by label. */
export const OTHER_SHAPES: readonly ScoringModel[] = ['zipmap', 'tensor', 'plain'];
