"""tritonclient.http and tritonclient.http.aio. Usage: triton_http.py HOST:PORT OPERATOR_TOKEN"""

import asyncio
import sys

import numpy as np
import tritonclient.http as http
import tritonclient.http.aio as aio
from claims import claim, finish, raises
from shared import IDENTITIES, IRIS_LABELS, IRIS_ROWS, same
from tritonclient.utils import InferenceServerException

address, token = sys.argv[1:]


def tensor(library, name, datatype, values, binary):
    given = library.InferInput(name, list(values.shape), datatype)
    given.set_data_from_numpy(values, binary_data=binary)
    return given


def ways():
    """Every mixture of JSON and binary."""
    return [(sent, back) for sent in (True, False) for back in (True, False)]


with http.InferenceServerClient(address, concurrency=4) as client:
    with claim("tritonclient.http: live, ready, models ready"):
        assert client.is_server_live() and client.is_server_ready()
        assert client.is_model_ready("iris") and client.is_model_ready("iris", "1")
        assert not client.is_model_ready("rose")
    with claim("tritonclient.http: metadata, configuration, index, statistics, settings"):
        assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
        metadata, config = client.get_model_metadata("iris"), client.get_model_config("iris")
        assert [i["name"] for i in metadata["inputs"]] == [i["name"] for i in config["input"]]
        assert {"iris", "fp32"} <= {m["name"] for m in client.get_model_repository_index()}
        assert client.get_inference_statistics("iris")["model_stats"][0]["name"] == "iris"
        assert client.get_inference_statistics()["model_stats"]
        client.get_trace_settings(), client.get_log_settings()
    for name, (datatype, values) in IDENTITIES.items():
        for sent, back in ways():
            how = f"{'binary' if sent else 'JSON'} → {'binary' if back else 'JSON'}"
            with claim(f"tritonclient.http: {datatype} {how}"):
                wanted = [http.InferRequestedOutput("y", binary_data=back)]
                given = [tensor(http, "x", datatype, values, sent)]
                same(client.infer(name, given, outputs=wanted).as_numpy("y"), values)
    iris = lambda **more: client.infer("iris", [tensor(http, "X", "FP32", IRIS_ROWS, True)], **more)
    label = client.get_model_metadata("iris")["outputs"][0]["name"]
    scores = client.get_model_metadata("iris")["outputs"][1]["name"]
    with claim("tritonclient.http: a classifier's labels and scores; all outputs by default"):
        answer = iris(request_id="7")
        assert list(answer.as_numpy(label).ravel()) == IRIS_LABELS
        assert answer.as_numpy(scores).shape == (2, 3)
        assert answer.get_response()["id"] == "7"
    for packed in ("gzip", "deflate"):
        with claim(f"tritonclient.http: {packed} both ways"):
            big = np.tile(IRIS_ROWS, (300, 1))
            given = [tensor(http, "X", "FP32", big, True)]
            answer = client.infer(
                "iris", given, request_compression_algorithm=packed, response_compression_algorithm=packed
            )
            assert list(answer.as_numpy(label).ravel()) == IRIS_LABELS * 300
    with claim("tritonclient.http: classification"):
        answer = iris(outputs=[http.InferRequestedOutput(scores, class_count=2)])
        texts = answer.as_numpy(scores)
        assert texts.shape == (2, 2) and texts[0][0].decode().split(":")[1:] == ["0", "0"], texts
    with claim("tritonclient.http: versions"):
        assert iris(model_version="1").get_response()["model_version"] == "1"
        with raises(InferenceServerException, "99"):
            iris(model_version="99")
    with claim("tritonclient.http: many at once"):
        running = [client.async_infer("iris", [tensor(http, "X", "FP32", IRIS_ROWS, True)]) for _ in range(64)]
        assert all(list(r.get_result().as_numpy(label).ravel()) == IRIS_LABELS for r in running)
    with claim("tritonclient.http: mistakes are told"):
        with raises(InferenceServerException, "rose"):
            client.infer("rose", [tensor(http, "X", "FP32", IRIS_ROWS, True)])
        with raises(InferenceServerException, "BYTES"):
            client.infer("iris", [tensor(http, "X", "BYTES", IRIS_ROWS.astype(str).astype(np.object_), True)])
        with raises(InferenceServerException, "shape"):
            client.infer("iris", [tensor(http, "X", "FP32", IRIS_ROWS[:, :3], True)])
    with claim("tritonclient.http: load needs the operator's token, and reads the pointer; unload is refused"):
        with raises(InferenceServerException, "token"):
            client.load_model("iris")
        client.load_model("iris", headers={"Authorization": f"Bearer {token}"})
        with raises(InferenceServerException):
            client.unload_model("iris", headers={"Authorization": f"Bearer {token}"})


async def asynchronous():
    async with aio.InferenceServerClient(address) as client:
        with claim("tritonclient.http.aio: live, ready, metadata"):
            assert await client.is_server_live() and await client.is_server_ready()
            assert (await client.get_model_metadata("iris"))["name"] == "iris"
        for name, (datatype, values) in IDENTITIES.items():
            for binary in (True, False):
                with claim(f"tritonclient.http.aio: {datatype} {'binary' if binary else 'JSON'}"):
                    wanted = [aio.InferRequestedOutput("y", binary_data=binary)]
                    given = [tensor(aio, "x", datatype, values, binary)]
                    same((await client.infer(name, given, outputs=wanted)).as_numpy("y"), values)
        with claim("tritonclient.http.aio: gzip both ways"):
            given = [tensor(aio, "X", "FP32", np.tile(IRIS_ROWS, (300, 1)), True)]
            answer = await client.infer(
                "iris", given, request_compression_algorithm="gzip", response_compression_algorithm="gzip"
            )
            assert answer.as_numpy(label).size == 600


asyncio.run(asynchronous())
finish()
