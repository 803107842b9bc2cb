/** A tensor as `/v2/models/{model}/infer` takes and gives it in binary: numbers exact to the last bit, NaN included. */
export interface BinaryTensor {
  readonly name: string;
  readonly datatype: 'FP64' | 'FP32' | 'INT64' | 'BOOL' | 'BYTES';
  readonly shape: readonly number[];
  readonly data: readonly (number | string | boolean | bigint)[];
}

/** Asks one model; the outputs in its order. @throws Error with the answer if it is no 200. */
export async function inferBinary(
  origin: string,
  model: string,
  inputs: readonly BinaryTensor[],
): Promise<readonly BinaryTensor[]> {
  const blobs = inputs.map(encode);
  const header = Buffer.from(
    JSON.stringify({
      inputs: inputs.map(({ name, datatype, shape }, at) => ({
        name,
        datatype,
        shape,
        parameters: { binary_data_size: blobs[at]?.length },
      })),
      parameters: { binary_data_output: true },
    }),
  );
  const response = await fetch(`${origin}/v2/models/${encodeURIComponent(model)}/infer`, {
    method: 'POST',
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(header.length),
    },
    body: Buffer.concat([header, ...blobs]),
  });
  const body = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200) throw new Error(`${response.status}: ${body.toString().slice(0, 500)}`);
  const length = Number(response.headers.get('inference-header-content-length'));
  const answer = JSON.parse(body.subarray(0, length).toString()) as {
    outputs: (Omit<BinaryTensor, 'data'> & { parameters: { binary_data_size: number } })[];
  };
  let at = length;
  return answer.outputs.map(({ name, datatype, shape, parameters }) => {
    const blob = body.subarray(at, at + parameters.binary_data_size);
    at += blob.length;
    return { name, datatype, shape, data: decode(datatype, blob) };
  });
}

function encode({ datatype, data }: BinaryTensor): Buffer {
  switch (datatype) {
    case 'FP64':
      return Buffer.from(Float64Array.from(data, Number).buffer);
    case 'FP32':
      return Buffer.from(Float32Array.from(data, Number).buffer);
    case 'INT64':
      return Buffer.from(BigInt64Array.from(data as number[], BigInt).buffer);
    case 'BOOL':
      return Buffer.from(data.map(Number));
    case 'BYTES':
      return Buffer.concat(data.flatMap((text) => withLength(Buffer.from(String(text)))));
  }
}

function withLength(bytes: Buffer): [Buffer, Buffer] {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return [length, bytes];
}

function decode(datatype: BinaryTensor['datatype'], blob: Buffer): BinaryTensor['data'] {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.length);
  const each = <T>(bytes: number, read: (at: number) => T) =>
    Array.from({ length: blob.length / bytes }, (_, index) => read(index * bytes));
  switch (datatype) {
    case 'FP64':
      return each(8, (at) => view.getFloat64(at, true));
    case 'FP32':
      return each(4, (at) => view.getFloat32(at, true));
    case 'INT64':
      return each(8, (at) => view.getBigInt64(at, true));
    case 'BOOL':
      return each(1, (at) => view.getUint8(at) !== 0);
    case 'BYTES': {
      const texts: string[] = [];
      for (let at = 0; at < blob.length; ) {
        const end = at + 4 + view.getUint32(at, true);
        texts.push(blob.subarray(at + 4, end).toString());
        at = end;
      }
      return texts;
    }
  }
}
