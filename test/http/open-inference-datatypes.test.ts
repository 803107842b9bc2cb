import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ELEMENT_TYPES } from '../../src/formats/graph/element-types.ts';
import { parseExactJson } from '../../src/protocols/exact-json.ts';
import { DATATYPE_NAMES, tensorTypeOfDatatype } from '../../src/protocols/tensors/datatypes.ts';
import { bytesOfTensor } from '../../src/protocols/tensors/tensor-bytes.ts';
import { graph, model, node, tensorInfo } from '../fakes/onnx-builder.ts';
import { type RunningGateway, runGateway, temporaryFolder, writeVersion } from '../running-gateway.ts';

const JSON_LENGTH = 'inference-header-content-length';

/** Values at the edges of each type, as JSON has them. */
const EDGES: Readonly<Record<string, string>> = {
  BOOL: '[true,false,true,true]',
  UINT8: '[0,1,127,255]',
  UINT16: '[0,1,256,65535]',
  UINT32: '[0,1,65536,4294967295]',
  UINT64: '[0,9007199254740993,9223372036854775808,18446744073709551615]',
  INT8: '[-128,-1,0,127]',
  INT16: '[-32768,-1,0,32767]',
  INT32: '[-2147483648,-1,0,2147483647]',
  INT64: '[-9223372036854775808,-9007199254740993,9007199254740993,9223372036854775807]',
  FP16: '[-65504,0.5,0.0999755859375,5.960464477539063e-8]',
  FP32: '[-3.4028234663852886e+38,0.10000000149011612,1,1.401298464324817e-45]',
  FP64: '[-1.7976931348623157e+308,0.1,1,5e-324]',
  BYTES: '["","é","日本 \\"quoted\\"\\n","😀"]',
};

/** `Y` is `X`, `[rows, 2]`, of an element type. */
function identityGraph(elementType: number): Uint8Array {
  return model(
    graph('identity', {
      nodes: [node('Identity', { inputs: ['X'], outputs: ['Y'] })],
      inputs: [tensorInfo('X', elementType, [-1, 2])],
      outputs: [tensorInfo('Y', elementType, [-1, 2])],
    }),
  );
}

describe('tensors of every datatype, through the real runtime', () => {
  let registry: string;
  let running: RunningGateway;

  beforeAll(async () => {
    registry = await temporaryFolder();
    for (const datatype of DATATYPE_NAMES) {
      const type = tensorTypeOfDatatype(datatype);
      const [elementType] = [...ELEMENT_TYPES].find(([, name]) => name === type)!;
      await writeVersion(registry, datatype, 1, identityGraph(elementType));
    }
    running = await runGateway({ SWITCHYARD_REGISTRY_DIR: registry });
    await running.serving(...DATATYPE_NAMES);
  });

  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await rm(registry, { recursive: true });
  });

  const infer = (datatype: string, body: string | Uint8Array<ArrayBuffer>, headers = {}) =>
    running.post(`/v2/models/${datatype}/infer`, body, headers);

  it.each(DATATYPE_NAMES)('come back from JSON as they went in: %s', async (datatype) => {
    const edges = EDGES[datatype]!;
    const response = await infer(
      datatype,
      `{"inputs":[{"name":"X","shape":[2,2],"datatype":"${datatype}","data":${edges}}]}`,
    );
    const text = await response.text();
    const { outputs } = parseExactJson(text) as { outputs: { datatype: string; data: unknown }[] };
    expect(outputs[0]).toMatchObject({ name: 'Y', shape: [2, 2], data: parseExactJson(edges) });
    expect(outputs[0]!.datatype).toBe(datatype === 'FP16' ? 'FP32' : datatype);
  });

  it.each(DATATYPE_NAMES)('come back from bytes as they went in, bit for bit: %s', async (datatype) => {
    const random = Buffer.from('00ff7f80010203fe405a3cb1e907c8d2', 'hex');
    const isFloat = datatype.startsWith('FP');
    const texts = bytesOfTensor({ data: parseExactJson(EDGES.BYTES!) as string[] });
    // Any bytes are numbers; of floating ones those that are no NaN.
    const numbers = isFloat ? Buffer.from('00007c3f0080ff3e0100001000007c3f', 'hex') : random;
    const width = datatype === 'BOOL' ? 1 : Number(/\d+$/.exec(datatype)?.[0] ?? 8) / 8;
    const bools = Buffer.from('00010100', 'hex');
    const bytes = { BYTES: texts, BOOL: bools }[datatype] ?? numbers;
    const rows = datatype === 'BYTES' ? 2 : bytes.byteLength / width / 2;
    const input = {
      name: 'X',
      shape: [rows, 2],
      datatype,
      parameters: { binary_data_size: bytes.byteLength },
    };
    for (const id of ['', 'x', 'xx', 'xxx', 'xxxx', 'xxxxx', 'xxxxxx', 'xxxxxxx']) {
      const head = JSON.stringify({ id, parameters: { binary_data_output: true }, inputs: [input] });
      const body = new Uint8Array(Buffer.concat([Buffer.from(head), bytes]));
      const response = await infer(datatype, body, { [JSON_LENGTH]: String(head.length) });
      const answer = Buffer.from(await response.arrayBuffer());
      const length = Number(response.headers.get(JSON_LENGTH));
      expect(JSON.parse(answer.subarray(0, length).toString())).toMatchObject({
        id: id === '' ? response.headers.get('x-request-id') : id,
        outputs: [
          { name: 'Y', shape: [rows, 2], datatype, parameters: { binary_data_size: bytes.byteLength } },
        ],
      });
      expect(answer.subarray(length)).toEqual(Buffer.from(bytes));
    }
  });

  it.each(DATATYPE_NAMES)('may have zero rows: %s', async (datatype) => {
    const response = await infer(
      datatype,
      `{"inputs":[{"name":"X","shape":[0,2],"datatype":"${datatype}","data":[]}]}`,
    );
    expect(await response.json()).toMatchObject({ outputs: [{ shape: [0, 2], data: [] }] });
  });
});
