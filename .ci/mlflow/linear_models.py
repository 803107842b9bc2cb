"""Linear models of any size, logged where an experiment keeps its artifacts; runs with 2.22 and 3.17."""

import json
import zlib
from pathlib import Path

import mlflow
import numpy as np
import onnxruntime
from mlflow.models import infer_signature
from onnx import TensorProto, helper, numpy_helper

FEATURES = 4
ROW = [0.5, -1.25, 2.0, 3.75]


def linear_graph(name: str, width: int):
    """Two products of matrices, 20 bytes of random weights for each unit of width; no two names give the same answers."""
    random = np.random.default_rng(zlib.crc32(name.encode()))
    first = random.standard_normal((FEATURES, width), dtype=np.float32)
    second = random.standard_normal((width, 1), dtype=np.float32) / np.float32(width) + np.float32(1 / width)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "first"], ["hidden"]), helper.make_node("MatMul", ["hidden", "second"], ["y"])],
        name,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, FEATURES])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 1])],
        [numpy_helper.from_array(first, "first"), numpy_helper.from_array(second, "second")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def log_linear_model(name: str, experiment: str, width: int, by_run: bool) -> dict:
    """Registers the next version of `name`, by the run's URI as it is if `by_run`. Returns the answer to ROW."""
    mlflow.set_experiment(experiment)
    model = linear_graph(name, width)
    rows = np.array([ROW], dtype=np.float32)
    answer = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": rows})[0]
    place = {"name": "model"} if int(mlflow.__version__.split(".")[0]) >= 3 else {"artifact_path": "model"}
    with mlflow.start_run() as run:
        mlflow.onnx.log_model(
            model,
            **place,
            signature=infer_signature(rows, answer),
            save_as_external_data=False,
            # Else MLflow starts a process for each model that finds them out.
            pip_requirements=["onnxruntime"],
            **({} if by_run else {"registered_model_name": name}),
        )
    client = mlflow.MlflowClient()
    if by_run:
        client.create_registered_model(name)
        client.create_model_version(name, f"runs:/{run.info.run_id}/model", run_id=run.info.run_id)
    version = client.search_model_versions(f"name = '{name}'")[0]
    return {
        "row": ROW,
        "prediction": float(answer[0][0]),
        "source": version.source,
        "location": client.get_model_version_download_uri(name, version.version),
    }


def log_linear_models(specs: list[str], expected_file: Path) -> None:
    """Specs are NAME=EXPERIMENT:WIDTH, with `:run` at their end for versions that are registered by their run's URI."""
    expected = {}
    for spec in specs:
        name, _, rest = spec.partition("=")
        experiment, width, *by_run = rest.split(":")
        expected[name] = log_linear_model(name, experiment, int(width), bool(by_run))
    expected_file.write_text(json.dumps(expected))
    print(f"registered {', '.join(expected)}")
