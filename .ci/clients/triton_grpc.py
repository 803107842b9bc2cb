"""tritonclient.grpc, and the gRPC health and reflection clients. Usage: triton_grpc.py HOST:PORT OPERATOR_TOKEN"""

import queue
import sys

import grpc
import numpy as np
import tritonclient.grpc as triton
from claims import claim, finish, raises
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from shared import IDENTITIES, IRIS_LABELS, IRIS_ROWS, same
from tritonclient.utils import InferenceServerException

address, token = sys.argv[1:]


def tensor(name, datatype, values):
    given = triton.InferInput(name, list(values.shape), datatype)
    given.set_data_from_numpy(values)
    return given


def iris():
    return [tensor("X", "FP32", IRIS_ROWS)]


with triton.InferenceServerClient(address) as client:
    with claim("tritonclient.grpc: live, ready, models ready"):
        assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("iris")
    with claim("tritonclient.grpc: metadata, configuration, index, statistics"):
        metadata, config = client.get_model_metadata("iris"), client.get_model_config("iris").config
        assert metadata.inputs[0].name == config.input[0].name
        assert {"iris", "fp32"} <= {m.name for m in client.get_model_repository_index().models}
        assert client.get_inference_statistics("iris").model_stats[0].name == "iris"
        assert client.get_server_metadata().name == "switchyard"
    label, scores = (output.name for output in client.get_model_metadata("iris").outputs)
    for name, (datatype, values) in IDENTITIES.items():
        with claim(f"tritonclient.grpc: {datatype}"):
            same(client.infer(name, [tensor("x", datatype, values)]).as_numpy("y"), values)
    for packed in ("gzip", "deflate"):
        with claim(f"tritonclient.grpc: {packed}"):
            answer = client.infer("iris", iris(), compression_algorithm=packed)
            assert list(answer.as_numpy(label).ravel()) == IRIS_LABELS
    with claim("tritonclient.grpc: requested outputs, classification, id"):
        wanted = [triton.InferRequestedOutput(scores, class_count=1)]
        answer = client.infer("iris", iris(), outputs=wanted, request_id="7")
        assert answer.get_response().id == "7" and answer.as_numpy(scores).shape == (2, 1)
    with claim("tritonclient.grpc: a stream"):
        answers = queue.Queue()
        client.start_stream(lambda result, error: answers.put((result, error)))
        for number in range(50):
            client.async_stream_infer("iris", iris(), request_id=str(number))
        ids = [answers.get(timeout=10)[0].get_response().id for _ in range(50)]
        assert ids == [str(number) for number in range(50)], ids
        client.async_stream_infer("rose", iris())
        assert "rose" in str(answers.get(timeout=10)[1])
        client.stop_stream()
    with claim("tritonclient.grpc: mistakes, deadlines and the operator's token"):
        with raises(InferenceServerException, "NOT_FOUND", "rose"):
            client.infer("rose", iris())
        with raises(InferenceServerException, "INVALID_ARGUMENT", "shape"):
            client.infer("iris", [tensor("X", "FP32", IRIS_ROWS[:, :3])])
        # 200,000 rows take many times as long; where that is known, the server says so at once.
        with raises(InferenceServerException) as refused:
            client.infer("iris", [tensor("X", "FP32", np.tile(IRIS_ROWS, (100_000, 1)))], client_timeout=0.01)
        assert refused.status() in ("StatusCode.DEADLINE_EXCEEDED", "StatusCode.RESOURCE_EXHAUSTED"), refused
        with raises(InferenceServerException, "UNAUTHENTICATED"):
            client.load_model("iris")
        client.load_model("iris", headers={"authorization": f"Bearer {token}"})

with grpc.insecure_channel(address) as channel:
    with claim("grpc.health.v1: the server, a model, no such model"):
        health = health_pb2_grpc.HealthStub(channel)
        ask = lambda service: health.Check(health_pb2.HealthCheckRequest(service=service)).status
        serving = health_pb2.HealthCheckResponse.SERVING
        assert ask("") == ask("inference.GRPCInferenceService") == ask("iris") == serving
        with raises(grpc.RpcError, "NOT_FOUND"):
            ask("rose")
    with claim("reflection: the services and their messages"):
        database = ProtoReflectionDescriptorDatabase(channel)
        assert {"inference.GRPCInferenceService", "grpc.health.v1.Health"} <= set(database.get_services())
        file = database.FindFileContainingSymbol("inference.ModelInferRequest")
        assert "ModelInferRequest" in [message.name for message in file.message_type]

finish()
