"""Trains the benchmark's models and saves each in every form that a server takes. Run: python make-models.py OUTPUT [NAME …]

OUTPUT/registry/NAME/1   MLflow, ONNX flavour: what Switchyard and `mlflow models serve` get
OUTPUT/NAME/sklearn      MLflow, scikit-learn flavour
OUTPUT/NAME/model.joblib the fitted model: FastAPI with scikit-learn, MLServer
OUTPUT/NAME/plain.onnx   without ZipMap: servers written by hand
OUTPUT/NAME/model.json   task, columns, rows to ask and what scikit-learn answers
"""

import os
import sys

# Read when numpy is imported.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MLFLOW_DISABLE_TELEMETRY="true")

import json
import shutil
import warnings
from pathlib import Path

import joblib
import mlflow.onnx
import mlflow.sklearn
import numpy as np
import onnxruntime
import pandas as pd
from mlflow.models import infer_signature
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.neural_network import MLPClassifier

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "models-fixtures"))
from make import breast_cancer, diabetes, iris  # the fixtures' own training

ROWS = 100
TOLERANCE = 1e-4


def fixture(make):
    first = next(iter(make()))
    return first.model, first.frame


def forest_30():
    data = load_breast_cancer()
    frame = pd.DataFrame(data.data, columns=[name.replace(" ", "_") for name in data.feature_names])
    return RandomForestClassifier(n_estimators=100, random_state=0).fit(frame, data.target), frame


def wide_mlp():
    """18 million weights, 72 MB as float32: a run of one row is bound by memory, one of many by arithmetic."""
    rng = np.random.default_rng(0)
    values = rng.random((400, 256), dtype=np.float32)
    frame = pd.DataFrame(values, columns=[f"x{index}" for index in range(256)])
    target = (10 * values[:, :10]).argmax(axis=1)
    model = MLPClassifier(hidden_layer_sizes=(4096, 4096), max_iter=3, batch_size=200, random_state=0)
    with warnings.catch_warnings(action="ignore"):  # stops before it has converged: its answers are not the point
        model.fit(frame, target)
    return model, frame


MODELS = {
    "iris": lambda: fixture(iris),
    "forest-30": forest_30,
    "logistic-regression": lambda: fixture(breast_cancer),
    "gradient-boosting": lambda: fixture(diabetes),
    "wide-mlp": wide_mlp,
}


def export(model, frame, zipmap):
    options = {id(model): {"zipmap": zipmap}} if hasattr(model, "predict_proba") else None
    return convert_sklearn(model, "bench", [("X", FloatTensorType([None, frame.shape[1]]))], options=options)


def describe(model, frame, graph_file):
    """Rows on which scikit-learn and onnxruntime agree, with scikit-learn's answers."""
    session = onnxruntime.InferenceSession(graph_file, providers=["CPUExecutionProvider"])
    outputs = session.run(None, {"X": frame.to_numpy(np.float32)})
    is_classifier = hasattr(model, "predict_proba")
    predictions = model.predict(frame)
    probabilities = model.predict_proba(frame).max(axis=1) if is_classifier else None
    theirs = probabilities if is_classifier else predictions
    ours = outputs[1].max(axis=1) if is_classifier else outputs[0].ravel()
    agreed = np.abs(theirs - ours) <= TOLERANCE * np.maximum(1, np.abs(theirs))
    if is_classifier:
        agreed &= predictions == outputs[0]
    indexes = np.flatnonzero(agreed)
    indexes = indexes[np.linspace(0, len(indexes) - 1, ROWS).astype(int)]
    return {
        "task": "classifier" if is_classifier else "regressor",
        "columns": list(frame.columns),
        "rows": frame.iloc[indexes].to_numpy(float).tolist(),
        "predictions": predictions[indexes].tolist(),
        "probabilities": probabilities[indexes].tolist() if is_classifier else None,
        "tolerance": TOLERANCE,
    }


def save(name, output):
    model, frame = MODELS[name]()
    directory, version = output / name, output / "registry" / name / "1"
    for old in (directory, version):
        shutil.rmtree(old, ignore_errors=True)
    directory.mkdir(parents=True)
    plain = directory / "plain.onnx"
    plain.write_bytes(export(model, frame, zipmap=False).SerializeToString())
    joblib.dump(model, directory / "model.joblib")
    signature = infer_signature(frame, model.predict(frame))
    example = frame.head(2)
    mlflow.sklearn.save_model(
        model, directory / "sklearn", signature=signature, input_example=example, serialization_format="cloudpickle"
    )
    mlflow.onnx.save_model(export(model, frame, zipmap=True), version, signature=signature, input_example=example)
    # Written last: its presence says that the model is complete.
    (directory / "model.json").write_text(json.dumps(describe(model, frame, plain)))
    print(f"{name}: {plain.stat().st_size / 1e6:.1f} MB as ONNX")


if __name__ == "__main__":
    for wanted in sys.argv[2:] or MODELS:
        save(wanted, Path(sys.argv[1]))
