"""Saves models of XGBoost and LightGBM with their own flavours of MLflow, and loads them again as MLflow does."""

import importlib

import lightgbm
import mlflow
import skops.io
import xgboost


def save_all(directory, case, signature):
    model = getattr(case.model, "trained", case.model)
    flavor = importlib.import_module(f"mlflow.{case.flavor}")
    for name, options in formats_of(case.flavor, model).items():
        if name not in case.without:
            options = {"signature": signature, "pip_requirements": [case.flavor], **options}
            flavor.save_model(model, str(directory / name), **options)
            loaded = flavor.load_model(str(directory / name))
    return DataMatrixBooster(loaded) if isinstance(loaded, xgboost.Booster) else loaded


def formats_of(flavor, model):
    """Name -> how it is asked for. The first MLflow with `skops` writes that unless it is told otherwise."""
    if flavor == "xgboost":
        # The old binary format, which MLflow 2 asks for by itself; its writer went with XGBoost 2.1.
        binary = ("xgb",) if xgboost.__version__ < "2.1" else ()
        return {name: {"model_format": name} for name in ("json", "ubj", *binary)}
    if isinstance(model, lightgbm.Booster) or int(mlflow.__version__.split(".")[0]) < 3:
        return {"text" if isinstance(model, lightgbm.Booster) else "cloudpickle": {}}
    trusted = skops.io.get_untrusted_types(data=skops.io.dumps(model))
    skops_options = {"serialization_format": "skops", "skops_trusted_types": trusted}
    return {"cloudpickle": {"serialization_format": "cloudpickle"}, "skops": skops_options}


class DataMatrixBooster:
    """A Booster that takes rows, as the wrapper of MLflow's pyfunc makes it."""

    def __init__(self, booster):
        self.booster = booster

    def predict(self, rows):
        return self.booster.predict(xgboost.DMatrix(rows))
