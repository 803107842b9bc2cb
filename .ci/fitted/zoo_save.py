"""Saves a model in every format that MLflow writes, as MLflow does; where its version has no skops, as the newer one does."""

import logging

import mlflow.sklearn
import numpy as np
import save_booster
import skops.io
import yaml
from mlflow.models import infer_signature

logging.getLogger("mlflow").setLevel(logging.ERROR)
MLFLOW_3 = int(mlflow.__version__.split(".")[0]) >= 3


def save_all(directory, case, rows):
    """Returns the model as it answers after it was loaded, where a flavour loads something else than was saved."""
    if case.flavor != "sklearn":
        return save_booster.save_all(directory, case, signature_of(case, rows))
    formats = [name for name in ("cloudpickle", "pickle", "skops") if name not in case.without]
    for name in formats:
        save(directory / name, name, case.model, signature_of(case, rows))
    return case.model


def signature_of(case, rows):
    sample = rows[:20] if isinstance(rows, np.ndarray) else case.X[:20]
    if isinstance(sample, list):
        return None
    return infer_signature(sample)


def save(directory, serialization, model, signature):
    options = {"signature": signature, "pip_requirements": ["scikit-learn"]}
    if serialization != "skops":
        mlflow.sklearn.save_model(model, directory, serialization_format=serialization, **options)
        return
    if MLFLOW_3:
        trusted = skops.io.get_untrusted_types(data=skops.io.dumps(model))
        mlflow.sklearn.save_model(
            model, directory, serialization_format="skops", skops_trusted_types=trusted, **options
        )
        return
    mlflow.sklearn.save_model(model, directory, serialization_format="pickle", **options)
    (directory / "model.pkl").unlink()
    skops.io.dump(model, directory / "model.skops")
    mlmodel = yaml.safe_load((directory / "MLmodel").read_text())
    mlmodel["flavors"]["sklearn"].update(pickled_model="model.skops", serialization_format="skops")
    (directory / "MLmodel").write_text(yaml.safe_dump(mlmodel))


