"""Saves the models that the gateway and `mlflow models serve` are compared on, each a directory `OUT/NAME/1`.

    python save-scoring-models.py OUT

classifier, regressor: ONNX with named columns. zipmap: the classifier with ZipMap. tensor: its signature is an unnamed
tensor. plain: no signature. both: scikit-learn's flavour and ONNX in one model. converted, converted_names, converted_proba:
scikit-learn's alone; with labels that are texts; logged for predict_proba. typed, text: a column of each type, which
the graph gives back; it has no use for those of dates and bytes.
"""

import shutil
import sys
import warnings
from pathlib import Path

import mlflow
import numpy as np
from mlflow.models import ModelSignature, infer_signature
from mlflow.models.model import Model
from mlflow.types import ColSpec, Schema
from onnx import TensorProto, helper
from skl2onnx import to_onnx
from sklearn.datasets import load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression

warnings.filterwarnings("ignore")

COLUMNS = ["sepal_length", "sepal_width", "petal_length"]


TYPED = {
    "l": TensorProto.INT64,
    "i": TensorProto.INT32,
    "d": TensorProto.DOUBLE,
    "f": TensorProto.FLOAT,
    "b": TensorProto.BOOL,
    "o": TensorProto.DOUBLE,
}


def echo(kinds: dict[str, int]):
    """A graph whose inputs `[rows]` come out under their names with `_out`, `o` as −1 where it is missing."""
    nodes = [helper.make_node("Identity", [name], [f"{name}_out"]) for name in kinds if name != "o"]
    if "o" in kinds:
        nodes.append(helper.make_node("IsNaN", ["o"], ["o_missing"]))
        nodes.append(helper.make_node("Where", ["o_missing", "minus_one", "o"], ["o_out"]))
    graph = helper.make_graph(
        nodes,
        "echo",
        [helper.make_tensor_value_info(name, kind, [None]) for name, kind in kinds.items()],
        [helper.make_tensor_value_info(f"{name}_out", kind, [None]) for name, kind in kinds.items()],
        [helper.make_tensor("minus_one", TensorProto.DOUBLE, [1], [-1.0])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


TYPED_SIGNATURE = ModelSignature(
    inputs=Schema(
        [
            ColSpec("long", "l"),
            ColSpec("integer", "i"),
            ColSpec("double", "d"),
            ColSpec("float", "f"),
            ColSpec("boolean", "b"),
            ColSpec("double", "o", required=False),
            ColSpec("datetime", "when", required=False),
            ColSpec("binary", "photo", required=False),
        ]
    )
)


def main(out: Path) -> None:
    iris = load_iris(as_frame=True)
    frame = iris.data.rename(columns=lambda name: name.replace(" (cm)", "").replace(" ", "_"))[COLUMNS]
    matrix = frame.to_numpy()
    label = LogisticRegression(max_iter=500).fit(matrix, iris.target)
    number = LinearRegression().fit(matrix, iris.data["petal width (cm)"])
    one = matrix[:1].astype(np.float32)
    no_zipmap = {id(label): {"zipmap": False}}
    classifier = to_onnx(label, one, options=no_zipmap)
    regressor = to_onnx(number, one)
    by_column = infer_signature(frame, label.predict(matrix))
    by_tensor = infer_signature(matrix.astype(np.float32), label.predict(matrix))

    def save(name, graph, signature):
        mlflow.onnx.save_model(graph, str(out / name / "1"), signature=signature)

    save("classifier", classifier, by_column)
    save("regressor", regressor, infer_signature(frame, number.predict(matrix)))
    save("zipmap", to_onnx(label, one), by_column)
    save("tensor", classifier, by_tensor)
    save("plain", regressor, None)
    save("typed", echo(TYPED), TYPED_SIGNATURE)
    text = ModelSignature(inputs=Schema([ColSpec("string", "s"), ColSpec("double", "d")]))
    save("text", echo({"s": TensorProto.STRING, "d": TensorProto.DOUBLE}), text)

    names = LogisticRegression(max_iter=500).fit(matrix, iris.target_names[iris.target])
    for name, model, options in (
        ("converted", label, {"serialization_format": "skops"}),
        ("converted_names", names, {"serialization_format": "cloudpickle"}),
        ("converted_proba", label, {"serialization_format": "skops", "pyfunc_predict_fn": "predict_proba"}),
    ):
        mlflow.sklearn.save_model(model, str(out / name / "1"), signature=by_column, **options)

    both = out / "both" / "1"
    mlflow.sklearn.save_model(label, str(both), signature=by_column, serialization_format="cloudpickle")
    shutil.copy(out / "classifier" / "1" / "model.onnx", both)
    model = Model.load(str(both))
    model.flavors["onnx"] = Model.load(str(out / "classifier" / "1")).flavors["onnx"]
    model.save(str(both / "MLmodel"))


main(Path(sys.argv[1]))
