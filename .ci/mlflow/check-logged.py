"""Reads back through MLflow's client what the scripts of examples/lifecycle logged, for the end-to-end part.

    runs                  one JSON object: what each script left in the experiment
    answers VERSION…      for each, what scikit-learn answers for rows of the held-out data
    plain_answers VERSION the same of a version that scikit-learn alone has logged, for the rows as they are
    plain RUN_ID          registers the model of that run, which has no ONNX flavour
    narrow                registers a version that takes a column less
    stage VERSION         moves it into Production past the validation of 06_promote.py, and archives the rest
    version VERSION       its stage, aliases and tags
"""

import json
import sys
import warnings
from pathlib import Path

import mlflow
import numpy as np

warnings.filterwarnings("ignore", category=FutureWarning)
sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "lifecycle"))
import sklearn_and_onnx  # noqa: E402
from sklearn.ensemble import RandomForestClassifier  # noqa: E402
from wine import EXPERIMENT, MODEL, PLAIN_MODEL, train_and_held_out  # noqa: E402

client = mlflow.MlflowClient()


def paths_of(run_id: str, under: str | None = None) -> list[str]:
    found = []
    for entry in client.list_artifacts(run_id, under):
        found += paths_of(run_id, entry.path) if entry.is_dir else [entry.path]
    return found


def steps_of(run: mlflow.entities.Run) -> dict[str, list[int]]:
    history = client.get_metric_history
    return {name: [metric.step for metric in history(run.info.run_id, name)] for name in run.data.metrics}


def runs() -> list[dict]:
    """Every run of the experiment, newest first, with the steps of each metric's history."""
    experiment = client.get_experiment_by_name(EXPERIMENT)
    return [
        {
            "id": run.info.run_id,
            "name": run.info.run_name,
            "status": run.info.status,
            "parent": run.data.tags.get("mlflow.parentRunId"),
            "entryPoint": run.data.tags.get("mlflow.project.entryPoint"),
            "params": run.data.params,
            "metrics": run.data.metrics,
            "steps": steps_of(run) if run.info.run_name == "forest that grows" else {},
            "artifacts": paths_of(run.info.run_id),
            "flavors": sorted(mlflow.models.get_model_info(f"runs:/{run.info.run_id}/model").flavors)
            if run.outputs and run.outputs.model_outputs
            else [],
        }
        for run in client.search_runs([experiment.experiment_id], order_by=["attributes.start_time DESC"])
    ]


def answers(*versions: str) -> dict[str, dict]:
    """Rows as the float32 values that the graph takes, so that both sides see the same numbers."""
    _, held_out, _, _ = train_and_held_out()
    rows = held_out.astype(np.float32)
    return {number: answers_of(f"models:/{MODEL}/{number}", rows) for number in versions}


def plain_answers(number: str) -> dict:
    return answers_of(f"models:/{PLAIN_MODEL}/{number}", train_and_held_out()[1])


def answers_of(uri: str, rows) -> dict:
    model = mlflow.sklearn.load_model(uri)
    return {
        "rows": [[float(str(value)) for value in row] for row in rows.to_numpy()],
        "labels": model.predict(rows).tolist(),
        "probabilities": model.predict_proba(rows).max(axis=1).tolist(),
    }


def plain(run_id: str) -> str:
    return mlflow.register_model(f"runs:/{run_id}/model", MODEL).version


def narrow() -> str:
    X, _, y, _ = train_and_held_out()
    X = X.drop(columns="proline")
    forest = RandomForestClassifier(n_estimators=5, random_state=1).fit(X, y)
    mlflow.set_experiment("narrow")
    with mlflow.start_run():
        trusted = ["sklearn.tree._tree.Tree"]
        return sklearn_and_onnx.log_model(
            forest, X, name="model", registered_model_name=MODEL, skops_trusted_types=trusted
        ).registered_model_version


def stage(version: str) -> str:
    client.transition_model_version_stage(MODEL, version, "Production", archive_existing_versions=True)
    return version


def version(number: str) -> dict:
    found = client.get_model_version(MODEL, number)
    return {"stage": found.current_stage, "aliases": list(found.aliases), "tags": dict(found.tags)}


commands = {f.__name__: f for f in (runs, answers, plain_answers, plain, narrow, stage, version)}
print(json.dumps(commands[sys.argv[1]](*sys.argv[2:])))
