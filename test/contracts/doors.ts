import { bytesOfTensor, numbersOfBytes, textsOfBytes } from '../../src/protocols/tensors/tensor-bytes.ts';
import type { GrpcTestClient } from '../grpc/grpc-client.ts';
import type { RunningGateway } from '../running-gateway.ts';

export type Cell = number | string | null;

/** A table as every door can carry it; `null` is a missing number. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** What a model says of a table, in one form for all doors. */
export interface Answers {
  /** Of classifiers: the label of each row. */
  readonly labels: readonly (number | string)[];
  /** Of each row: the probabilities of the classes in their order, or the one value of a regressor. */
  readonly scores: readonly (readonly number[])[];
}

/** One way in which a client can ask. */
export interface Door {
  readonly name: string;
  ask(model: string, table: Table): Promise<Answers>;
}

interface Described {
  readonly name: string;
  readonly datatype: string;
}

interface Filled extends Described {
  readonly shape: readonly number[];
  readonly values: readonly Cell[];
}

type Values = readonly (number | string)[];

/** Every door of a gateway, gRPC among them. */
export function doorsOf(running: RunningGateway, grpc: GrpcTestClient): readonly Door[] {
  const answered = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const response = await running.post(path, body, headers);
    if (response.status === 200) return response;
    throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  };
  const json = async (path: string, body: unknown) =>
    (await answered(path, body, { 'content-type': 'application/json' })).json();
  const inputsOf = async (model: string) => {
    const response = await fetch(`${running.url}/v2/models/${model}`);
    return ((await response.json()) as { inputs: readonly Described[] }).inputs;
  };
  const predict = (name: string, rowsOf: (table: Table) => unknown): Door => ({
    name,
    ask: async (model, table) =>
      ofPredictions(await json(`/models/${model}/predict?probabilities=all`, { features: rowsOf(table) })),
  });
  const score = (name: string, bodyOf: (table: Table) => unknown): Door => ({
    name,
    ask: async (model, table) => ofRecords(await json(`/models/${model}/invocations`, bodyOf(table))),
  });
  const tensorFlow = (name: string, bodyOf: (table: Table) => unknown): Door => ({
    name,
    ask: async (model, table) => {
      const body = await json(`/v1/models/${model}:predict`, bodyOf(table));
      return 'outputs' in (body as object) ? ofNamedOutputs(body) : ofRecords(body);
    },
  });
  const infer = (
    name: string,
    tensorsOf: (inputs: readonly Described[], table: Table) => Filled[],
  ): Door => ({
    name,
    ask: async (model, table) => {
      const tensors = tensorsOf(await inputsOf(model), table);
      const inputs = tensors.map(({ values, ...tensor }) => ({ ...tensor, data: values }));
      const { outputs } = (await json(`/v2/models/${model}/infer`, { inputs })) as { outputs: V2Output[] };
      return ofOutputs(outputs.map(({ data }) => data));
    },
  });
  return [
    predict('/predict, rows by position', ({ rows }) => rows),
    predict('/predict, rows by name', recordsOf),
    score('/invocations, dataframe_split', (table) => ({
      dataframe_split: { columns: table.columns, data: table.rows },
    })),
    score('/invocations, dataframe_records', (table) => ({ dataframe_records: recordsOf(table) })),
    score('/invocations, inputs by column', (table) => ({ inputs: columnsOf(table) })),
    tensorFlow('V1, instances by position', ({ rows }) => ({ instances: rows })),
    tensorFlow('V1, instances by name', (table) => ({ instances: recordsOf(table) })),
    tensorFlow('V1, inputs by column', (table) => ({ inputs: columnsOf(table) })),
    infer('V2 over HTTP, JSON, a tensor for each input', fillInputs),
    infer('V2 over HTTP, JSON, a tensor for each column', fillColumns),
    {
      name: 'V2 over HTTP, binary',
      ask: async (model, table) => {
        const { body, length } = binaryBody(fillInputs(await inputsOf(model), table));
        const headers = { 'inference-header-content-length': length };
        return ofBinary(await answered(`/v2/models/${model}/infer`, body, headers));
      },
    },
    {
      name: 'V2 over gRPC, bytes',
      ask: async (model, table) => {
        const tensors = fillInputs(await inputsOf(model), table);
        const raw_input_contents = tensors.map((tensor) => Buffer.from(bytesOf(tensor)));
        const { value } = await grpc.call('ModelInfer', {
          model_name: model,
          inputs: tensors.map(({ values: _, ...tensor }) => tensor),
          raw_input_contents,
        });
        const outputs = value.outputs as V2Output[];
        const blobs = value.raw_output_contents as Buffer[];
        return ofOutputs(outputs.map(({ datatype }, at) => valuesOf(datatype, blobs[at]!)));
      },
    },
    {
      name: 'V2 over gRPC, typed',
      ask: async (model, table) => {
        const inputs = fillInputs(await inputsOf(model), table).map(({ values, ...tensor }) => ({
          ...tensor,
          contents: contentsOf(tensor.datatype, values),
        }));
        const { value } = await grpc.call('ModelInfer', { model_name: model, inputs });
        const outputs = value.outputs as { datatype: string; contents: Record<string, unknown[]> }[];
        return ofOutputs(outputs.map(({ contents, datatype }) => plainContents(datatype, contents)));
      },
    },
  ];
}

function recordsOf({ columns, rows }: Table) {
  return rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at]!])));
}

function columnsOf({ columns, rows }: Table) {
  return Object.fromEntries(columns.map((column, at) => [column, rows.map((row) => row[at]!)]));
}

/** All columns in the only input, or each in the input of its name. */
function fillInputs(inputs: readonly Described[], { columns, rows }: Table): Filled[] {
  const isOnly = inputs.length === 1;
  return inputs.map(({ name, datatype }) => {
    const at = columns.indexOf(name);
    const values = isOnly ? rows.flat() : rows.map((row) => row[at]!);
    return { name, datatype, shape: [rows.length, isOnly ? columns.length : 1], values };
  });
}

function fillColumns(inputs: readonly Described[], { columns, rows }: Table): Filled[] {
  return columns.map((name, at) => {
    const datatype = inputs.find((input) => input.name === name)?.datatype ?? 'FP64';
    return { name, datatype, shape: [rows.length], values: rows.map((row) => row[at]!) };
  });
}

function bytesOf({ datatype, values }: Filled): Uint8Array {
  const numbers = values.map((value) => (value === null ? Number.NaN : value)) as number[];
  switch (datatype) {
    case 'BYTES':
      return bytesOfTensor({ data: values as string[] });
    case 'INT64':
      return bytesOfTensor({ data: BigInt64Array.from(numbers, BigInt) });
    case 'FP32':
      return bytesOfTensor({ data: Float32Array.from(numbers) });
    default:
      throw new Error(`no fixture has ${datatype}`);
  }
}

function valuesOf(datatype: string, bytes: Uint8Array): Values {
  if (datatype === 'INT64') return Array.from(numbersOfBytes('int64', bytes) as BigInt64Array, Number);
  if (datatype === 'FP32') return Array.from(numbersOfBytes('float32', bytes) as Float32Array);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let count = 0;
  for (let at = 0; at < bytes.byteLength; at += 4 + view.getUint32(at, true)) count++;
  return textsOfBytes(bytes, count) as readonly string[];
}

function contentsOf(datatype: string, values: readonly Cell[]) {
  if (datatype === 'BYTES') return { bytes_contents: values.map((value) => Buffer.from(value as string)) };
  if (datatype === 'INT64') return { int64_contents: values.map(String) };
  return { fp32_contents: values.map((value) => value ?? Number.NaN) };
}

function plainContents(datatype: string, contents: Record<string, unknown[]>): Values {
  if (datatype === 'BYTES') return contents.bytes_contents!.map(String);
  if (datatype === 'INT64') return contents.int64_contents!.map(Number);
  return contents.fp32_contents as number[];
}

function binaryBody(tensors: readonly Filled[]) {
  const blobs = tensors.map(bytesOf);
  const inputs = tensors.map(({ values: _, ...tensor }, at) => {
    return { ...tensor, parameters: { binary_data_size: blobs[at]!.byteLength } };
  });
  const head = Buffer.from(JSON.stringify({ inputs, parameters: { binary_data_output: true } }));
  return { body: new Uint8Array(Buffer.concat([head, ...blobs])), length: String(head.byteLength) };
}

interface V2Output extends Described {
  readonly data: Values;
  readonly parameters: { readonly binary_data_size: number };
}

async function ofBinary(response: Response): Promise<Answers> {
  const whole = new Uint8Array(await response.arrayBuffer());
  let at = Number(response.headers.get('inference-header-content-length'));
  const { outputs } = JSON.parse(Buffer.from(whole.subarray(0, at)).toString()) as { outputs: V2Output[] };
  return ofOutputs(
    outputs.map(({ datatype, parameters }) => {
      const bytes = whole.subarray(at, at + parameters.binary_data_size);
      at += parameters.binary_data_size;
      return valuesOf(datatype, bytes);
    }),
  );
}

/** Labels and scores, or the values of a regressor alone. */
function ofOutputs(outputs: readonly Values[]): Answers {
  const [first, second] = outputs as [Values, Values | undefined];
  if (second === undefined) return { labels: [], scores: first.map((value) => [value as number]) };
  const width = second.length / first.length;
  const scores = first.map((_, row) => second.slice(row * width, (row + 1) * width) as number[]);
  return { labels: first, scores };
}

/** As TensorFlow Serving answers columns: one output alone, several by name. */
function ofNamedOutputs(body: unknown): Answers {
  const { outputs } = body as { outputs: unknown[] | Record<string, unknown[]> };
  const lists = Array.isArray(outputs) ? [outputs] : Object.values(outputs);
  return ofOutputs(lists.map((list) => list.flat() as Values));
}

function ofPredictions(body: unknown): Answers {
  const { predictions } = body as {
    predictions: { prediction: number | string; probabilities?: Record<string, number> }[];
  };
  const isClassifier = predictions[0]?.probabilities !== undefined;
  return {
    labels: isClassifier ? predictions.map(({ prediction }) => prediction) : [],
    scores: predictions.map(({ prediction, probabilities }) =>
      probabilities === undefined ? [prediction as number] : Object.values(probabilities),
    ),
  };
}

/** Records of outputs in the order of the graph, as for every model that was logged with the ONNX flavour; or its only output. */
function ofRecords(body: unknown): Answers {
  const { predictions } = body as { predictions: unknown[] };
  const isRecord = (entry: unknown) => typeof entry === 'object' && !Array.isArray(entry);
  const valuesOfEntry = (entry: unknown) => (isRecord(entry) ? Object.values(entry as object) : [entry]);
  const entries = predictions.map(valuesOfEntry) as [number | string, number[]?][];
  const isClassifier = entries[0]?.[1] !== undefined;
  return {
    labels: isClassifier ? entries.map(([label]) => label) : [],
    scores: entries.map(([first, scores]) => scores ?? [first].flat().map(Number)),
  };
}
