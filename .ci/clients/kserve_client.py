"""kserve's REST and gRPC clients. Usage: kserve_client.py HTTP_URL GRPC_HOST:PORT"""

import asyncio
import sys

from claims import claim, finish, raises
from kserve import InferInput, InferRequest, InferenceGRPCClient, InferenceRESTClient, RESTConfig
from shared import IDENTITIES, IRIS_LABELS, IRIS_ROWS, same

url, grpc_address = sys.argv[1:]


def request(model, name, datatype, values, binary=False):
    given = InferInput(name, list(values.shape), datatype)
    given.set_data_from_numpy(values, binary_data=binary)
    return InferRequest(model_name=model, infer_inputs=[given])


async def rest(protocol):
    client = InferenceRESTClient(RESTConfig(protocol=protocol, timeout=30))
    with claim(f"kserve REST {protocol}: live, ready"):
        assert await client.is_server_live(url)
        if protocol == "v2":
            assert await client.is_server_ready(url)
        assert await client.is_model_ready(url, "iris")
    if protocol == "v1":
        with claim("kserve REST v1: predict"):
            answer = await client.infer(url, {"instances": IRIS_ROWS.tolist()}, model_name="iris")
            assert [entry["output_label"] for entry in answer["predictions"]] == IRIS_LABELS, answer
        return
    for name, (datatype, values) in IDENTITIES.items():
        for binary in (False, True):
            with claim(f"kserve REST v2: {datatype} {'binary' if binary else 'JSON'}"):
                asked = request(name, "x", datatype, values, binary)
                same((await client.infer(url, asked, model_name=name)).outputs[0].as_numpy(), values)
    with claim("kserve REST v2: mistakes are told"):
        with raises(Exception, "rose"):
            await client.infer(url, request("rose", "X", "FP32", IRIS_ROWS), model_name="rose")


async def over_grpc():
    client = InferenceGRPCClient(grpc_address)
    with claim("kserve gRPC: live, ready"):
        assert await client.is_server_live() and await client.is_server_ready() and await client.is_model_ready("iris")
    for name, (datatype, values) in IDENTITIES.items():
        for binary in (False, True):
            with claim(f"kserve gRPC: {datatype} {'raw' if binary else 'typed'}"):
                answer = await client.infer(request(name, "x", datatype, values, binary))
                same(answer.outputs[0].as_numpy(), values)
    await client.close()


async def main():
    await rest("v1")
    await rest("v2")
    await over_grpc()


asyncio.run(main())
finish()
