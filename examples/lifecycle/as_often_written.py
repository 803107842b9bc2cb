"""Runs the lines that tutorials have, and says what today's MLflow makes of each; ends with 1 if the README is wrong.

Needs MLFLOW_TRACKING_URI, and writes into an experiment and a model of its own.
"""

import logging
import sys
import warnings
from collections.abc import Callable

import mlflow
import pandas as pd
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier

MODEL = f"as-often-written-{mlflow.__version__}"
IS_2 = mlflow.__version__.startswith("2.")
X, y = load_wine(return_X_y=True, as_frame=True)
forest = RandomForestClassifier(n_estimators=5, random_state=1).fit(X, y)
wrong = 0


class Heard(logging.Handler):
    """Keeps what MLflow logs, since some of its deprecations are no Python warnings."""

    def __init__(self):
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


heard = Heard()
logging.getLogger("mlflow").addHandler(heard)


def expect(line: str, run: Callable[[], object], outcome: str) -> None:
    """@param outcome a part of the error's type and message, of a warning or log line, or "works" """
    global wrong
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        heard.messages.clear()
        try:
            run()
            seen = "works"
        except Exception as error:
            seen = f"{type(error).__name__}: {error}"
    said = " | ".join([seen, *(f"{w.category.__name__}: {w.message}" for w in caught), *heard.messages])
    holds = seen == "works" if outcome == "works" else outcome in said
    wrong += not holds
    print(f"{'ok   ' if holds else 'WRONG'} {line}\n        {outcome if holds else said}")


def plain_log():
    with mlflow.start_run():
        return mlflow.sklearn.log_model(forest, "model", pip_requirements=["scikit-learn"])


def named_log(**kwargs):
    place = {"artifact_path": "model"} if IS_2 else {"name": "model"}
    with mlflow.start_run():
        return mlflow.sklearn.log_model(forest, **place, pip_requirements=["scikit-learn"], **kwargs)


def by_run_id():
    info = named_log(**({} if IS_2 else {"skops_trusted_types": ["sklearn.tree._tree.Tree"]}))
    return mlflow.register_model(f"runs:/{info.run_id}/model", MODEL)


def param_twice():
    with mlflow.start_run():
        mlflow.log_param("trees", 5)
        mlflow.log_param("trees", 6)


def system_metrics_of_a_short_run() -> None:
    with mlflow.start_run(log_system_metrics=True) as run:
        forest.predict(X)
    if not any(name.startswith("system/") for name in mlflow.get_run(run.info.run_id).data.metrics):
        raise RuntimeError("no system metric was recorded")


def run_id_of_another_script():
    return eval('mlflow.register_model(f"runs:/{run_id}/model", MODEL)')


client = mlflow.MlflowClient()
mlflow.set_experiment(MODEL)
expect("start_run(experiment_name=…)", lambda: mlflow.start_run(experiment_name="wine"), "TypeError")
expect("sklearn.log_model(forest, 'model')", plain_log, "works" if IS_2 else "untrusted types")
if not IS_2:
    expect("… its second argument", plain_log, "`artifact_path` is deprecated")
    trusted = ["sklearn.tree._tree.Tree"]
    expect("… name='model', skops_trusted_types=…", lambda: named_log(skops_trusted_types=trusted), "works")
    expect("… serialization_format='cloudpickle'", lambda: named_log(serialization_format="cloudpickle"), "works")
    expect("log_system_metrics=True in a short run", system_metrics_of_a_short_run, "no system metric was recorded")
expect("register_model(f'runs:/{run_id}/model') in another script", run_id_of_another_script, "NameError")
expect("register_model('runs:/<the run's id>/model')", by_run_id, "works")
expect(
    "transition_model_version_stage(…)",
    lambda: client.transition_model_version_stage(MODEL, "1", "Production"),
    "deprecated since 2.9.0",
)
expect(
    "get_latest_versions(name, ['Production'])",
    lambda: client.get_latest_versions(MODEL, ["Production"]),
    "deprecated since 2.9.0",
)
expect(
    "transition_model_version_stage(…, 'Live')",
    lambda: client.transition_model_version_stage(MODEL, "1", "Live"),
    "Invalid Model Version stage",
)
expect(
    "load_model('models:/name/Production')",
    lambda: mlflow.sklearn.load_model(f"models:/{MODEL}/Production"),
    "works",
)
expect(
    "load_model('models:/name@champion') before the alias is set",
    lambda: mlflow.sklearn.load_model(f"models:/{MODEL}@champion"),
    "Registered model alias champion not found",
)
expect(
    "model.predict(pd.DataFrame([values]))",
    lambda: forest.predict(pd.DataFrame([X.iloc[0].tolist()])),
    "feature names",
)
expect("log_param twice with another value", param_twice, "Changing param values is not allowed")
sys.exit(1 if wrong else 0)
