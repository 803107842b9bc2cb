"""Registers what a run logged with scikit-learn, and puts it into Production: nothing is exported, the gateway serves it.

    python 04_register_plain.py [RUN_NAME]      default: grid search
"""

import sys
import warnings

import mlflow

from wine import EXPERIMENT, PLAIN_MODEL

warnings.filterwarnings("ignore", message=".*stage", category=FutureWarning)  # stages are deprecated, and work
name = sys.argv[1] if len(sys.argv) > 1 else "grid search"
client = mlflow.MlflowClient()

experiment = client.get_experiment_by_name(EXPERIMENT)
found = client.search_runs(
    [experiment.experiment_id], f"attributes.run_name = '{name}'", order_by=["attributes.start_time DESC"], max_results=1
)
if not found:
    raise SystemExit(f"there is no run called {name}")
version = mlflow.register_model(f"runs:/{found[0].info.run_id}/model", PLAIN_MODEL).version
client.transition_model_version_stage(PLAIN_MODEL, version, "Production", archive_existing_versions=True)
client.set_registered_model_alias(PLAIN_MODEL, "champion", version)
print(f"{PLAIN_MODEL} version {version}, the model of the run {name}, is in Production and @champion")
