"""One MLflow model with two flavours: scikit-learn for notebooks, its ONNX export for what serves."""

from importlib.metadata import version
from pathlib import Path

import mlflow
import numpy as np
import onnx
import pandas as pd
from mlflow.models import Model, infer_signature
from skl2onnx import to_onnx

# Either flavour must load from the model's requirements; left to itself MLflow finds only what the first one needs.
NEEDED = ("scikit-learn", "skops", "pandas", "onnx", "onnxruntime")


def save_model(path, mlflow_model, sk_model, X: pd.DataFrame, **kwargs) -> None:
    """What Model.log calls: lets mlflow.sklearn write the directory, then adds the graph and its flavour to it."""
    mlflow.sklearn.save_model(
        sk_model,
        path,
        mlflow_model=mlflow_model,
        signature=infer_signature(X, sk_model.predict(X)),
        input_example=X.head(3),
        pip_requirements=[f"{package}=={version(package)}" for package in NEEDED],
        **kwargs,
    )
    graph = to_onnx(sk_model, X.head(1).to_numpy(dtype=np.float32))
    onnx.save_model(graph, Path(path) / "model.onnx")
    mlflow_model.add_flavor(
        "onnx",
        data="model.onnx",
        onnx_version=onnx.__version__,
        providers=["CPUExecutionProvider"],
        onnx_session_options=None,
        code=None,
    )
    mlflow_model.save(Path(path) / "MLmodel")


class SklearnAndOnnx:
    """Model.log wants an object with save_model, usually a module such as mlflow.sklearn."""

    save_model = staticmethod(save_model)


def log_model(sk_model, X: pd.DataFrame, name: str, registered_model_name: str | None = None, **kwargs):
    """As mlflow.sklearn.log_model; the signature and the input example come from X.

    On MLflow 2.22: artifact_path=name instead of name=name, no skops_trusted_types, and "cloudpickle" for "skops" above.
    """
    return Model.log(
        artifact_path=None,
        name=name,
        flavor=SklearnAndOnnx,
        registered_model_name=registered_model_name,
        sk_model=sk_model,
        X=X,
        **kwargs,
    )
