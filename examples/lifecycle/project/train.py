"""Entry point main: trains one forest into the run that `mlflow run` has opened."""

import argparse

import mlflow
from mlflow.models import infer_signature
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

parser = argparse.ArgumentParser()
parser.add_argument("--trees", type=int, required=True)
parser.add_argument("--depth", type=int, required=True)
args = parser.parse_args()

wine = load_wine(as_frame=True)
X, _, y, _ = train_test_split(wine.data, wine.target, test_size=0.4, stratify=wine.target, random_state=0)

# `mlflow run` sets MLFLOW_RUN_ID and logs the parameters: start_run resumes that run, set_experiment would clash with it.
with mlflow.start_run() as run:
    forest = RandomForestClassifier(n_estimators=args.trees, max_depth=args.depth, random_state=1).fit(X, y)
    mlflow.log_metric("train_accuracy", forest.score(X, y))
    mlflow.sklearn.log_model(
        forest,
        name="model",
        signature=infer_signature(X, forest.predict(X)),
        skops_trusted_types=["sklearn.tree._tree.Tree"],
    )
    print(f"trained in run {run.info.run_id}")
